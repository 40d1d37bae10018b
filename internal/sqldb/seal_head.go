package sqldb

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// head is how many leaves the log has, and how much there is of each thing that checkpoints
// count: leaves by kind, events by source.
type head struct {
	size   int64
	counts map[string]int64
}

// add counts leaves.
func (h *head) add(leaves []seal.Sealed) {
	for i := range leaves {
		h.counts[leaves[i].Kind]++
	}
}

// scanHead reads the head's row.
func scanHead(row *sql.Row) (*head, error) {
	h := &head{counts: map[string]int64{}}
	var counts string
	if err := row.Scan(&h.size, &counts); err != nil {
		return nil, err
	}
	for line := range strings.Lines(counts) {
		name, total, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseInt(total, 10, 64)
		if err != nil {
			return nil, seal.Mismatch(errs.Tf("what is counted in the log can't be read: %.100q", "日志的计数无法读取：%.100q", line))
		}
		h.counts[name] = n
	}
	return h, nil
}

// text is how counts are kept: a line each, by name. Every commit reads and writes it, and
// JSON would take most of that.
func (h *head) text() string {
	var b []byte
	for _, name := range h.names() {
		b = append(strconv.AppendInt(append(append(b, name...), ' '), h.counts[name], 10), '\n')
	}
	return string(b)
}

func (h *head) names() []string { return slices.Sorted(maps.Keys(h.counts)) }

const headColumns = `size, counts`

// readHead is the head as a transaction sees it.
func readHead(ctx context.Context, tx *sql.Tx) (*head, error) {
	return scanHead(tx.QueryRowContext(ctx, `select `+headColumns+` from seal_head`))
}

// head is the head for one who is going to seal: whoever else seals waits from here on
// until the transaction ends.
func (s *Store) head(ctx context.Context, tx *sql.Tx) (*head, error) {
	st, err := s.statement(ctx, tx, `update seal_head set size = size returning `+headColumns)
	if err != nil {
		return nil, err
	}
	return scanHead(st.QueryRowContext(ctx))
}

// all is what it counts, by name, and where the record's own numberings have got to.
func (h *head) all(ctx context.Context, tx *sql.Tx) (out []seal.Count, err error) {
	for _, name := range h.names() {
		out = append(out, seal.Count{Name: name, Total: h.counts[name]})
	}
	m, err := scanMarks(tx.QueryRowContext(ctx, `select `+markColumns+` from position`))
	return append(out, seal.Count{Name: "number/finding", Total: m.NextFinding}, seal.Count{Name: "number/note", Total: m.note}, seal.Count{Name: "number/segment", Total: m.Segment}), err
}

// putHead writes what the head has become, with the tile that isn't full yet.
func (s *Store) putHead(ctx context.Context, tx *sql.Tx, h *head, tail []byte) error {
	return s.exec(ctx, tx, `update seal_head set size = $1, counts = $2, tail = $3`, h.size, h.text(), bytesOf(tail))
}

// headOfOlder puts into the head what older forms had beside it: the counts, a row each, and
// the last tile of the lowest level.
func headOfOlder(ctx context.Context, s *Store, tx *sql.Tx) error {
	h, err := readHead(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `select name, total from seal_counts`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var total int64
		if err := rows.Scan(&name, &total); err != nil {
			return err
		}
		h.counts[name] = total
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	last := h.size / seal.TileWidth
	tail, err := readTile(ctx, tx, 0, last)
	if err != nil {
		return err
	}
	if err := s.putHead(ctx, tx, h, tail); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `delete from seal_tiles where level = 0 and number = $1`, last); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `drop table seal_counts`)
	return err
}
