package rule

import "embed"

// Sources is the text of this package: what it decides may be another where that is
// another (service/engine.go).
//
//go:embed *.go
var Sources embed.FS
