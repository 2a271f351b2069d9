#!/bin/bash
# Ends a session whose home folder belongs to another user, or is a link. PAM runs this as root, with
# the user in PAM_USER. A home that is missing cannot have been planted.
set -euo pipefail

IFS=: read -r _ _ uid _ _ home _ < <(getent passwd "$PAM_USER")
if ((uid <= 1000)) || [[ ! -e $home && ! -L $home ]]; then
    exit 0
fi
owner=$(stat --format %u "$home" || true)
if [[ -L $home || $owner != "$uid" ]]; then
    echo "$home is not a folder of $PAM_USER, so this session ends. Ask the operator of the cluster."
    exit 1
fi
