feedctl xyzzy
