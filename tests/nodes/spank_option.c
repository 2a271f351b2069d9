/* A plugin of Slurm with one option, whose value tasks find in their environment; tasks with the value "missing" fail. */
#include <string.h>

#include <slurm/spank.h>

SPANK_PLUGIN(PLUGIN, 1);

static const char *value;

static int set(int number, const char *argument, int is_remote)
{
    value = strdup(argument);
    return ESPANK_SUCCESS;
}

static struct spank_option option = {OPTION, "VALUE", "Sets " VARIABLE " of tasks.", 1, 0, set};

int slurm_spank_init(spank_t spank, int count, char **arguments)
{
    return spank_option_register(spank, &option);
}

int slurm_spank_user_init(spank_t spank, int count, char **arguments)
{
    return value ? spank_setenv(spank, VARIABLE, value, 1) : ESPANK_SUCCESS;
}

/* Where Pyxis imports an image and enters its container. */
int slurm_spank_task_init(spank_t spank, int count, char **arguments)
{
    return value && strcmp(value, "missing") == 0 ? -1 : ESPANK_SUCCESS;
}
