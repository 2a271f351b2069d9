#!/bin/bash
# Tells Slurm of Pyxis: nodes get plugstack.conf from the controller, as they do slurm.conf.
# They do not get the files that it includes, and Slurm does not expand wildcards in their names, so
# the lines of these files take the place of the line that includes them.
set -euo pipefail

readonly root=${HYPERPOD_NODE_ROOT:-}
readonly etc=/opt/slurm/etc
readonly plugstack=$root$etc/plugstack.conf
readonly plugin=/usr/local/lib/slurm/spank_pyxis.so

# Arguments: file. Its lines, each with an end, and those of the files that it includes.
expand() {
    local line pattern file
    while read -r line || [[ -n $line ]]; do
        if [[ ! $line =~ ^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]]+([^[:space:]#]+) ]]; then
            printf '%s\n' "$line"
            continue
        fi
        pattern=${BASH_REMATCH[1]}
        if [[ $pattern != /* ]]; then
            pattern=$etc/$pattern
        fi
        { compgen -G "$root$pattern" || true; } | while read -r file; do
            expand "$file"
        done
    done < "$1"
}

# With an optional plugin, a job runs without its container if the image cannot be imported. Scripts
# of version 0.2 and earlier wrote such a line.
{
    if [[ -e $plugstack ]]; then
        expand "$plugstack" | sed "s|^optional $plugin\$|required $plugin|"
    fi
} > "$plugstack.new"
if ! grep --quiet '^[^#]*pyxis' "$plugstack.new"; then
    echo "required $plugin" >> "$plugstack.new"
fi
mv "$plugstack.new" "$plugstack"
