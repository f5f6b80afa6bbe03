// Package container reads lines that programs in containers wrote, with what carried them put around them, into the class Message:
//
//	CRI           2026-11-21T09:15:32.123456789Z stderr F text: containerd and CRI-O, in files under /var/log/pods
//	json-file     {"log":"text\n","stream":"stderr","time":"…"}: Docker
//	Fluent Bit    the same, with what its filter for Kubernetes knows: {"log":"text","stream":"stderr","kubernetes":{…}}
//
// # Invariants
//
//   - Text is what the program wrote, without the line end that Docker adds. App is the container's name, Host the node's.
//   - Everything else stays in Event.Rest under its name: stream, pod, namespace, image, labels.
//   - A time that cannot be read is an odd value of a good line: it stays in Rest, and the line's time is that of its receipt.
//
// # Why
//
//   - A text that is JSON itself stays text, unless package normalize knows it for an object of a kind (an audit event of Kubernetes, an event of Suricata): what a program calls its members
//     is its own affair. Its level alone is picked out (level, severity, lvl), since a Message has a severity to fill.
//   - stderr is no severity: many programs write all of their log there.
//   - A partial line (tag P) is an event of its own: joining lines is for the agent that sees them in order.
//
// Sources: kubernetes/cri-api, log format of containers (kubelet "CRI container log format"); Docker, "JSON File logging driver"; Fluent Bit manual,
// "Kubernetes" filter.
package container
