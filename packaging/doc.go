// Package packaging holds what packages are made of beside the files of the program (the scripts that the package managers run, the changelog, build.sh),
// and the tests of it. The list of contents is nfpm.yaml; the units are in systemd/.
//
// What the packages promise:
//
//   - Installing makes a user and directories. Keys, certificates and tokens are made by the relay at its first start, so that clones of an image
//     differ; no script prints a secret.
//   - Debian starts the relay, and RPM systems do not, unless a preset says so: each as its distribution does.
//   - An upgrade restarts the relay once, when all files are in place, and touches no data, configuration or certificate. systemd holds the port
//     meanwhile: senders wait.
//   - Removing keeps state and configuration. Purging (Debian) takes everything, the user too.
//   - Scripts may run twice. They do nothing to services where systemd does not run (chroots, images).
//
// The tests have the build tag integration. They boot a real systemd in a Debian root directory that .ci/run makes, install the packages in it, and do
// what README says under "From nothing to the first log": they read it there, and run its lines. What a container cannot show, that MemoryMax= and
// LimitNOFILE= are enforced, they look at in an emulated machine, where .ci/run has the time for it.
//
// # Why
//
//   - nfpm is built from a module of its own (tools/go.mod): it needs Go alone, and its dependencies are not the relay's.
//   - A user with a fixed name, not DynamicUser: people give it keys to read, and the state keeps its owner over removal and a new installation.
//   - dpkg unpacks before the user is there, so the group of the configuration is set in postinstall; rpm has preinstall for it.
//   - RPM restarts in posttrans: at postinstall the files of the old version are still there.
//   - One socket unit for each port, enabled with the package for the input of the shipped configuration alone: a port on which systemd listens and
//     nothing reads would make senders wait for ever.
package packaging
