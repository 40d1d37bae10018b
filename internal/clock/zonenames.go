package clock

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// zoneNames are the names of the IANA database, one a line, sorted bytewise.
//
//go:embed zones.txt
var zoneNames string

var zoneList = sync.OnceValue(func() []string { return strings.Fields(zoneNames) })

// knownZone keeps spellings out that only some file systems accept, such as
// "europe/rome": a pack must load everywhere or nowhere.
func knownZone(name string) bool {
	_, ok := slices.BinarySearch(zoneList(), name)
	return ok
}

// nearZone is the name that name was most probably meant to be, or "".
func nearZone(name string) string {
	if len(name) > 40 {
		return ""
	}
	want := strings.ToLower(strings.ReplaceAll(name, " ", "_"))
	best, least := "", 1+len(want)/4
	for _, known := range zoneList() {
		whole := strings.ToLower(known)
		city := whole[strings.LastIndexByte(whole, '/')+1:]
		// Of two as near, the whole name is meant rather than the city alone.
		if n := editDistance(want, whole); n < least || n == least && best != "" && len(known) < len(best) {
			best, least = known, n
		}
		if n := editDistance(want, city); n < least {
			best, least = known, n
		}
	}
	return best
}

// editDistance is the least number of letters to insert, delete or replace
// (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
