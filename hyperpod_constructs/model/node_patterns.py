"""Patterns of the values that nodes read from `steps.json` and the provisioning form.

The lifecycle scripts validate the values with the same expressions, in `patterns.py`.
"""

_SYSTEM_TREES = (
    "bin|boot|dev|etc|lib|lib32|lib64|libx32|lost\\+found|proc|root|run|sbin|snap|sys|tmp|usr|var"
    "|opt/(?:aws|ml|sagemaker|slurm)"
)
_NO_SYSTEM_TREE = rf"(?!/(?:{_SYSTEM_TREES})(?:/|$))"
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*"
_TEXT = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_NOT_A_WORD_OF_SACCTMGR = r"(?!(?:where|set)$)"

ACCOUNT_NAME = _NOT_A_WORD_OF_SACCTMGR + r"[a-z0-9_][a-z0-9_.-]{0,63}"
ADDRESS = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
CERTIFICATE = r"\s*-----BEGIN CERTIFICATE-----[\t\n\r\x20-\x7e]+"
CLUSTER_NAME = r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}"
DATABASE_NAME = r"[a-zA-Z0-9$_]{1,64}"
DATABASE_USER = r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,79}"
DATA_ROOT = r"/opt/sagemaker|/opt/dlami/nvme"
DIRECTORY_ACCOUNT = rf"{_TEXT}+"
DIRECTORY_GROUP = r"[^,\x00-\x1f\x7f-\x9f\u2028\u2029]+"
DIRECTORY_NAME = rf"{_TEXT}*={_TEXT}+"
DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
HOME = rf"{_NO_SYSTEM_TREE}(?:/{_PART}){{2,}}"
HOME_PATTERN = rf"{_NO_SYSTEM_TREE}(?=.*%u)(?:/(?:%u|[A-Za-z0-9_])(?:%u|[A-Za-z0-9_.@+-])*){{2,}}"
HOST_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,253}[a-zA-Z0-9])?"
INSTANCE_NAME = r"[a-zA-Z0-9-]{1,100}"
INSTANCE_TYPE = r"[a-z0-9.-]{1,64}"
LDAP_URI = (
    r"ldaps://[A-Za-z0-9.:_\[\]-]+/?(?:, ?ldaps://[A-Za-z0-9.:_\[\]-]+/?)*"
    r"|ldap://[A-Za-z0-9.:_\[\]-]+/?(?:, ?ldap://[A-Za-z0-9.:_\[\]-]+/?)*"
)
MOUNT_NAME = r"[A-Za-z0-9_][A-Za-z0-9_-]{0,7}"
NODE_KEY = r"ssh-ed25519 [A-Za-z0-9+/]+={0,2}(?: [\x20-\x7e]*)?"
PUBLIC_KEY = (
    r"(?P<kind>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r" (?P<data>[A-Za-z0-9+/]+={0,2})(?: [\x20-\x7e]*)?"
)
REGION = r"[a-z]{2,}(?:-[a-z0-9]+)+"
REMOTE_WRITE_URL = (
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?"
)
S3_MOUNT_PATH = rf"(?!/(?:{_SYSTEM_TREES}|fsx|home)(?:/|$))(?!/(?:mnt|opt)$)(?:/{_PART})+"
S3_PREFIX = r"(?!(?:.*/)?\.{1,2}(?:/|$))[A-Za-z0-9_.=@+-][A-Za-z0-9_.=@+/ -]*"
SECRET_ARN = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+"  # noqa: S105
SHARED_DIRECTORY = rf"{_NO_SYSTEM_TREE}(?:/{_PART})+/?"
SHELL = rf"(?:/{_PART})+"
TOPIC_ARN = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+"
USER_NAME = _NOT_A_WORD_OF_SACCTMGR + r"[a-z_][a-z0-9_-]{0,31}"

FIRST_ID = 1001
LAST_ID = 2**32 - 3
IDS_OF_THE_SYSTEM = ((61184, 65519), (65534, 65535))

OPERATOR = "ubuntu"
OPERATOR_ID = 1000

IMAGE_GROUPS = ("adm", "docker", "render", "sudo", "video")
ROOT_GROUPS = (
    *("adm", "admin", "disk", "docker", "kmem", "kvm", "libvirt", "lxd", "munge", "root", "shadow"),
    *("slurm", "staff", "sudo", "wheel"),
)
SYSTEM_NAMES = (
    *("adm", "admin", "bin", "daemon", "disk", "docker", "kmem", "kvm", "libvirt", "lxd", "mail"),
    *("munge", "mysql", "nobody", "nogroup", "operator", "root", "shadow", "slurm", "slurmrestd"),
    *("sshd", "ssm-user", "sssd", "staff", "sudo", "sync", "sys", "syslog", "systemd-journal"),
    *("tty", "ubuntu", "wheel", "www-data"),
)
