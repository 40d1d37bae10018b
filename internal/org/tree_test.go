package org

import (
	"fmt"
	"strings"
	"testing"

	"plumbline/internal/clock"
)

func TestTree(t *testing.T) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	o, err := Parse("organisation.yaml", []byte(`units:
  - {id: south, title: {en: S, zh: 南}, parent: bureau}
  - {id: lake, title: {en: L, zh: 湖}, parent: north, to: 2025-01-01}
  - {id: lake, title: {en: L, zh: 湖}, parent: south, from: 2025-01-01}
  - {id: bureau, title: {en: B, zh: 局}}
  - {id: north, title: {en: N, zh: 北}, parent: bureau}
`), zone)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[clock.Day]string{
		clock.NewDay(2024, 6, 1): "0bureau 1north 2lake 1south",
		clock.NewDay(2025, 6, 1): "0bureau 1north 1south 2lake",
	} {
		var got []string
		for _, b := range o.Tree(zone.First(day)) {
			got = append(got, fmt.Sprintf("%d%s", b.Depth, b.ID))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("on %s: %q, want %q", day, s, want)
		}
	}
}
