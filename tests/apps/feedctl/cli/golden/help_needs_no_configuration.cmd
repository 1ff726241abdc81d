# a broken configuration does not hinder help
echo "server: [" > broken.yaml
FEEDCTL_CONFIG=broken.yaml feedctl migrate up --help | head -3
FEEDCTL_CONFIG=broken.yaml feedctl completion bash | head -1
FEEDCTL_CONFIG=broken.yaml feedctl version | cut -c1-8
