# Run by cmake_install.cmake: installs what the program writes about itself, and the changelog of the package.
# In: program, source, CMAKE_INSTALL_PREFIX; from the environment DESTDIR, FEEDCTL_PACKAGE_VERSION (none: no
# changelog of a package), SOURCE_DATE_EPOCH and FEEDCTL_SBOM, a file.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(documents "${root}/share/doc/feedctl")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed ERROR_VARIABLE said OUTPUT_VARIABLE out)
  if(failed)
    message(FATAL_ERROR "${ARGN}: ${said}${out}")
  endif()
endfunction()

# completion SHELL FOLDER NAME
function(completion shell folder name)
  file(MAKE_DIRECTORY "${root}/share/${folder}")
  execute_process(COMMAND "${program}" completion ${shell} OUTPUT_FILE "${root}/share/${folder}/${name}"
                  RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${program} completion ${shell} failed")
  endif()
endfunction()
completion(bash bash-completion/completions feedctl)
completion(zsh zsh/vendor-completions _feedctl)
completion(fish fish/vendor_completions.d feedctl.fish)

run("${program}" man --folder "${root}/share/man")
file(GLOB pages "${root}/share/man/man1/feedctl*.1" "${root}/share/man/man5/feedctl*.5")
run(gzip -9nf ${pages})

file(MAKE_DIRECTORY "${documents}")
file(COPY_FILE "${source}/CHANGELOG.md" "${documents}/changelog")
set(compressed "${documents}/changelog")
if(DEFINED ENV{FEEDCTL_PACKAGE_VERSION})
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, where it is set
  file(WRITE "${documents}/changelog.Debian"
"feedctl ($ENV{FEEDCTL_PACKAGE_VERSION}) unstable; urgency=medium

  * What changed for users is in changelog.gz.

 -- feedctl maintainers <maintainers@feedctl.invalid>  ${date}
")
  list(APPEND compressed "${documents}/changelog.Debian")
endif()
run(gzip -9nf ${compressed})
# A note of the compiler, which strip keeps.
if(CMAKE_INSTALL_DO_STRIP)
  run(strip --remove-section=.comment "${root}/bin/feedctl")
endif()

if(DEFINED ENV{FEEDCTL_SBOM})
  file(COPY_FILE "$ENV{FEEDCTL_SBOM}" "${documents}/feedctl.cdx.json")
endif()
