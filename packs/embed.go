// Package packs carries the built-in packs inside the program: a folder each,
// with the rules (pack.yaml), the names of what its logs speak of
// (vocabulary.yaml) and any calendar of its own. They are data; package
// internal/pack reads them as it reads a folder of the user's.
package packs

import "embed"

// Files holds the folders of the built-in packs.
//
//go:embed */*.yaml
var Files embed.FS
