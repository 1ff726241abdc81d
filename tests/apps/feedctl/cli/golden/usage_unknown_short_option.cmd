feedctl doctor -x
