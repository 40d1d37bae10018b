package rule

import "go.yaml.in/yaml/v3"

// The nodes are a pack as it was written: every word with its place, nothing
// resolved, nothing defaulted. A nil pointer is a key that isn't there.

// scalar is one word or text of the file.
type scalar struct {
	text string
	at   span
	node *yaml.Node
}

// list is a word or a list of words; several says that it was a list.
type list struct {
	items   []*scalar
	several bool
	at      span
}

// keys are the places of the keys that a mapping has, whatever their values.
type keys map[string]span

func (k keys) has(name string) bool {
	_, ok := k[name]
	return ok
}

type packNode struct {
	keys                        keys
	at                          span
	name, version, jurisdiction *scalar
	title, about                *titleNode
	log                         *logNode
	clock                       *clockNode
	rules                       []*ruleNode
	tests                       []*testNode
}

// titleNode is a text in both languages; plain where it may be, and is, one
// text for both.
type titleNode struct {
	keys   keys
	at     span
	en, zh *scalar
	plain  *scalar
}

type logNode struct {
	keys       keys
	at         span
	per, zone  *scalar
	closes     *list
	attributes []pair
}

// pair is a key and its value in a mapping of free names.
type pair struct{ key, value *scalar }

type ruleNode struct {
	keys         keys
	at           span
	id, over     *scalar
	title, says  *titleNode
	basis        *basisNode
	severity     *severityNode
	effective    *effectiveNode
	per          *list
	when, unless *patternNode
	must, never  *formNode
	count        *countNode
	clock        *clockNode
	warn         *scalar
}

type basisNode struct {
	keys                        keys
	at                          span
	text                        *titleNode
	words, url, checked, status *scalar
}

// severityNode is a level, alone or with its reason.
type severityNode struct {
	keys   keys // nil where the level stands alone
	at     span
	level  *scalar
	reason *titleNode
}

type effectiveNode struct {
	keys     keys
	at       span
	from, to *scalar
}

type patternNode struct {
	keys  keys
	at    span
	types *list
	where *scalar
}

// formNode is the value of must or never.
type formNode struct {
	keys                 keys
	at                   span
	followedBy, preceded *patternNode
	hold                 *scalar
	within, where        *scalar
	immediately          *scalar
	discharge            *scalar
}

type countNode struct {
	keys          keys
	at            span
	of            *patternNode
	per           *list
	in, atMost    *scalar
	distinct, sum *scalar
}

type clockNode struct {
	keys                                 keys
	at                                   span
	start, roll, calendar, hours, months *scalar
	from                                 *scalar
	paused                               *pauseNode
	extended                             []*extensionNode
}

type pauseNode struct {
	keys     keys
	at       span
	from, to *patternNode
	max      *scalar
}

type extensionNode struct {
	keys           keys
	at             span
	by             *patternNode
	to, add, times *scalar
}

type testNode struct {
	keys           keys
	at             span
	name, events   *scalar
	asOf, complete *scalar
	want           []wantNode
}

type wantNode struct {
	rule   *scalar
	counts []pair
}
