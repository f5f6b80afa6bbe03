// Package csr makes certificate requests (PKCS#10) as "openssl req -new" does, also from the configuration files that openssl takes.
// It reads no terminal and writes no file, and imports nothing of ours.
//
// What it takes of openssl (config(5), req(1), x509v3_config(5)): sections, continued lines, quotes, escapes, variables; in the request's section
// default_bits, prompt, distinguished_name and req_extensions; subjects with any attribute of the table in subject.go, several values of one
// kind and values that share a place; subjectAltName inline or by section, keyUsage, extendedKeyUsage and basicConstraints. What else such a
// file asks for is listed in Config.Ignored, so that nothing is left out in silence.
//
// # Why
//
//   - Subjects are encoded as openssl does it: UTF8String, but PrintableString and IA5String where the standard wants them. CAs compare subjects
//     byte by byte with those that they have approved. The names keep the order of the file for the same reason.
//   - A value in the section of the name is a value, also without "prompt = no", where openssl takes it for the text of a question: guides
//     are written that way and their readers mean it. A text is a question when a default or a limit stands beside it, or when it reads like one
//     of those that openssl's own file has. Whoever is mistaken by that sees the subject before the request goes anywhere.
//   - No .include: a request has one file, and a reader that opens others has more to get wrong.
package csr
