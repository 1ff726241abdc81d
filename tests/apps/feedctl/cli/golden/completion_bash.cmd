# the script works in a real bash
bash -c 'source <(feedctl completion bash)
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _feedctl; echo "${COMPREPLY[@]}"; }
try feedctl mig
try feedctl migrate s
try feedctl config show --or
try feedctl doctor --output j
try feedctl completion ""'
