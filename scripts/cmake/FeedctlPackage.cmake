# What `cmake --install` puts where, and how CPack makes a Debian package of it: scripts/package, docs/packages.md.
# Paths below are those of a prefix /usr; configuration goes to /etc, whatever the prefix.
set(data share/feedctl)
set(documents share/doc/feedctl)

install(TARGETS feedctl RUNTIME DESTINATION bin)

file(GLOB units CONFIGURE_DEPENDS configs/systemd/*.service configs/systemd/*.socket configs/systemd/*.target
     configs/systemd/*.timer)
install(FILES ${units} DESTINATION lib/systemd/system)
install(FILES configs/debian/feedctl.sysusers DESTINATION lib/sysusers.d RENAME feedctl.conf)
install(FILES configs/debian/feedctl.tmpfiles DESTINATION lib/tmpfiles.d RENAME feedctl.conf)
install(FILES configs/feedctl.yaml DESTINATION /etc/feedctl)
install(FILES configs/debian/feedctl.env DESTINATION /etc/feedctl PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)

install(DIRECTORY sql/migrations DESTINATION ${data} FILES_MATCHING PATTERN "*.sql")
foreach(folder IN ITEMS grafana prometheus nginx)
  if(EXISTS "${CMAKE_SOURCE_DIR}/configs/${folder}")
    install(DIRECTORY configs/${folder} DESTINATION ${data})
  endif()
endforeach()
install(FILES configs/cron/feedctl DESTINATION ${documents}/examples RENAME feedctl.cron)
install(FILES configs/debian/copyright DESTINATION ${documents})
install(FILES configs/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME feedctl)

# Man pages and completions come from the program, the changelog from the version, so that they cannot differ.
install(CODE "set(program \"$<TARGET_FILE:feedctl>\")
set(source \"${CMAKE_SOURCE_DIR}\")
include(\"${CMAKE_SOURCE_DIR}/scripts/cmake/InstallGenerated.cmake\")")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME feedctl)
set(CPACK_PACKAGE_VENDOR feedctl)
set(CPACK_PACKAGE_CONTACT "feedctl maintainers <maintainers@feedctl.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "social feed: HTTP API, workers and the tools to operate them")
set(CPACK_PACKAGE_DESCRIPTION
"feedctl is the backend of a social feed in one program. Its command serve
answers the HTTP API: posts, likes, follows, home feeds and the hot feed;
work handles events. Other commands migrate, fill, check and repair the
database, and measure a running server.
.
PostgreSQL holds the data. Redis, RabbitMQ and an S3 server are used where
they are configured. The package has units for systemd. It starts none of
them by itself, and it does not touch a database.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_PREFIX /usr)
# Files of absolute paths, those in /etc, need it.
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.54), systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, redis-server, nginx, prometheus, prometheus-node-exporter, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(control "${CMAKE_SOURCE_DIR}/configs/debian")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${control}/conffiles;${control}/postinst;${control}/prerm;${control}/postrm")
include(CPack)
