feedctl completion tcsh
