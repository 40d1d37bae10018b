package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/seal"
)

// sealedTable is a table whose rows are sealed as they stand: the last leaf of a
// kind and a ref commits to the row's columns. A row that is taken out is sealed
// once more, with no body.
type sealedTable struct {
	kind    string // of its leaves
	table   string
	key     []string // the columns that make the ref, with "/" between
	columns []string
	sealed  seal.Columns // the same, as they are sealed
	parts   []int        // where the key's columns are among them
	written string       // the column that says when a row was written, where leaves of rows are looked for
	order   string       // that rows are gone through in; the key's where it is empty
}

// sealedTables are all of them; [Store.VerifySeal] holds each row against the
// log. Who adds a table seals whatever writes it: with rowLeaf from the values
// that are written, or with sealRow by reading them back.
var sealedTables = []*sealedTable{
	sealedKeys, sealedSettings, sealedSources, sealedFindings, sealedNotes, sealedItems, sealedPacks, sealedQuarantine, sealedMoves, sealedFiles, sealedReviews, sealedSpells, sealedRevisions, sealedApprovals, sealedExemptions, sealedPolicies, sealedPasskeys, sealedMappings, sealedRecovery, sealedBackups, sealedErasures,
	sealedCustodians, sealedIdentities, sealedShares, sealedOpenings, sealedReadings,
}

var (
	sealedKeys     = tableOf("key", "seal_keys", "number", "number, vkey, statement")
	sealedSettings = tableOf("settings", "settings", "id", "id, agency, zone, lang, packs")
	sealedSources  = tableOf("source", "sources", "id", sourceColumns)
	sealedFindings = tableOf("finding", "findings", "id", findingColumns).writtenBy("changed")
	sealedNotes    = tableOf("note", "notes", "finding number", noteColumns).orderedBy("number")
	// Where an item stands follows from its moves; by when it is due at first follows
	// from nothing that is kept.
	sealedItems = tableOf("item", "items", "finding", "finding, number, assign_by, due_first").orderedBy("number")
	sealedPacks = tableOf("pack", "packs", "number", packColumns)
	// How often and when last a thing came again is a count, and none of it.
	sealedQuarantine = tableOf("quarantine", "quarantine", "id", "id, source, at, raw, code, reason, reason_zh, done, outcome, hash")
)

func tableOf(kind, table, key, columns string) *sealedTable {
	t := &sealedTable{kind: kind, table: table, key: strings.Fields(key), columns: namesOf(columns)}
	t.sealed = seal.ColumnsOf(t.columns)
	for _, k := range t.key {
		t.parts = append(t.parts, slices.Index(t.columns, k))
	}
	return t
}

func (t *sealedTable) writtenBy(column string) *sealedTable {
	t.written = column
	return t
}

func (t *sealedTable) orderedBy(column string) *sealedTable {
	t.order = column
	return t
}

// namesOf are the names in a list of columns.
func namesOf(columns string) []string {
	return strings.FieldsFunc(columns, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}

// rowLeaf is the leaf of a row of which these values were written.
func (t *sealedTable) rowLeaf(values []any) (seal.Leaf, error) {
	body, err := t.appendRow(make([]byte, 0, 512), values)
	if err != nil {
		return seal.Leaf{}, err
	}
	return seal.Leaf{Kind: t.kind, Ref: t.refOf(values), Body: body}, nil
}

// appendRow appends a row of which these values were written as it is sealed.
func (t *sealedTable) appendRow(dst []byte, values []any) ([]byte, error) {
	dst, err := t.sealed.AppendRow(dst, values)
	if err != nil {
		err = fmt.Errorf("%s: %w", t.table, err)
	}
	return dst, err
}

// refOf is what a row is called by: the values of its key.
func (t *sealedTable) refOf(values []any) string {
	if len(t.parts) == 1 {
		return refPart(values[t.parts[0]])
	}
	parts := make([]string, len(t.parts))
	for i, k := range t.parts {
		parts[i] = refPart(values[k])
	}
	return strings.Join(parts, "/")
}

func refPart(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(v)
}

// sealRow seals a row as it stands now, or that it is there no more.
func (s *Store) sealRow(ctx context.Context, tx *sql.Tx, at clock.Instant, t *sealedTable, key ...any) error {
	leaf, err := t.read(ctx, tx, key...)
	if err != nil {
		return err
	}
	return s.seal(ctx, tx, at, leaf)
}

// read is the leaf of a row as it stands now; without a body where there is none.
func (t *sealedTable) read(ctx context.Context, tx *sql.Tx, key ...any) (seal.Leaf, error) {
	ref := make([]string, len(key))
	for i := range key {
		ref[i] = fmt.Sprint(key[i])
	}
	leaf := seal.Leaf{Kind: t.kind, Ref: strings.Join(ref, "/")}
	rows, err := tx.QueryContext(ctx, `select `+strings.Join(t.columns, ", ")+t.fromRow(), key...)
	if err != nil {
		return leaf, err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := t.scan(rows.Scan)
		if err != nil {
			return leaf, err
		}
		if leaf, err = t.rowLeaf(values); err != nil {
			return leaf, err
		}
	}
	return leaf, rows.Err()
}

// fromRow names the row of a key in a query.
func (t *sealedTable) fromRow() string {
	where := make([]string, len(t.key))
	for i, k := range t.key {
		where[i] = fmt.Sprintf("%s = $%d", k, i+1)
	}
	return ` from ` + t.table + ` where ` + strings.Join(where, " and ")
}

// writtenAt is when a row was written.
func (t *sealedTable) writtenAt(ctx context.Context, tx *sql.Tx, key ...any) (at clock.Instant, err error) {
	err = tx.QueryRowContext(ctx, `select `+t.written+t.fromRow(), key...).Scan(&at)
	return at, err
}

// scan reads a row's values as the database gives them.
func (t *sealedTable) scan(scan func(...any) error) ([]any, error) {
	values, places := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		places[i] = &values[i]
	}
	return values, scan(places...)
}

// each visits the leaves that the table's rows should have.
func (t *sealedTable) each(v *sealCheck, visit func(*seal.Leaf) error) error {
	return v.each(func(scan func(...any) error) error {
		values, err := t.scan(scan)
		if err != nil {
			return err
		}
		leaf, err := t.rowLeaf(values)
		if err != nil {
			return err
		}
		return visit(&leaf)
	}, `select `+strings.Join(t.columns, ", ")+` from `+t.table+` order by `+cmp.Or(t.order, strings.Join(t.key, ", ")))
}

func eachAccount(v *sealCheck, visit func(*seal.Leaf) error) error {
	return v.each(func(scan func(...any) error) error {
		a, err := scanAccount(scan)
		if err != nil {
			return err
		}
		leaf := accountLeaf(&a)
		return visit(&leaf)
	}, `select `+accountColumns+` from users order by name`)
}

// asOf is the instant that a change beside the judge is sealed at: T of the
// record.
func asOf(ctx context.Context, tx *sql.Tx) (at clock.Instant, err error) {
	err = tx.QueryRowContext(ctx, `select now from position`).Scan(&at)
	return at, err
}
