package sqldb

import (
	"encoding/json"
	"maps"
	"slices"

	"plumbline/internal/ledger"
	"plumbline/internal/service"
)

// findings takes out of the register what it told of what is erased. Where cases go,
// what people wrote about them goes, too, with the files that nothing else refers to.
func (e *eraser) findings() error {
	files := map[string]bool{}
	for i := range e.c.Findings {
		f := &e.c.Findings[i]
		args, err := findingArgs(f)
		if err != nil {
			return err
		}
		if err := e.exec(putFinding, args...); err != nil {
			return err
		}
		if err := e.rewritten(sealedFindings, f.ID); err != nil {
			return err
		}
		if err := e.lines(f.ID); err != nil {
			return err
		}
		if e.c.Kind == service.Retention {
			if err := e.moves(f.ID, files); err != nil {
				return err
			}
		}
	}
	return e.dropFiles(files)
}

// lines lets the lines of a finding's history name no event that is gone.
func (e *eraser) lines(finding string) error {
	rows, err := e.tx.QueryContext(e.ctx, `select number, by_event from notes where of_number = (select number from findings where id = $1) and by_event <> '' order by number`, finding)
	if err != nil {
		return err
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var number int64
		var by string
		if err := rows.Scan(&number, &by); err != nil {
			return err
		}
		if e.c.Lines(by) {
			list = append(list, number)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, number := range list {
		if err := e.exec(`update notes set by_event = '' where number = $1`, number); err != nil {
			return err
		}
		if err := e.rewritten(sealedNotes, finding, number); err != nil {
			return err
		}
	}
	return nil
}

// moves keeps of an item's moves who did what when, and with which outcome.
func (e *eraser) moves(finding string, files map[string]bool) error {
	it, err := oneItem(e.ctx, e.tx, finding, "")
	if err != nil || it == nil {
		return err
	}
	moves, err := movesOf(e.ctx, e.tx, finding)
	if err != nil {
		return err
	}
	for i := range moves {
		m := &moves[i]
		if m.File != nil {
			files[m.File.Hash] = true
		}
		if !m.Silence() {
			continue
		}
		body, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if err := e.exec(`update moves set body = $3 where finding = $1 and number = $2`, finding, m.Number, string(body)); err != nil {
			return err
		}
		if err := e.rewritten(sealedMoves, finding, m.Number); err != nil {
			return err
		}
	}
	stands := it.Fold(moves)
	return e.exec(`update items set `+setStanding+` where number = $1`, append([]any{it.Number}, standing(&stands)...)...)
}

// dropFiles takes out of the register those of some files that no move names any more.
func (e *eraser) dropFiles(files map[string]bool) error {
	if len(files) == 0 {
		return nil
	}
	rows, err := e.tx.QueryContext(e.ctx, `select body from moves where kind = $1`, string(ledger.Attach))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		var m ledger.Move
		if err := rows.Scan(&body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			return err
		}
		if m.File != nil {
			delete(files, m.File.Hash)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, hash := range slices.Sorted(maps.Keys(files)) {
		if err := e.exec(`delete from files where hash = $1`, hash); err != nil {
			return err
		}
		if err := e.rewritten(sealedFiles, hash); err != nil {
			return err
		}
		e.files = append(e.files, hash)
	}
	return nil
}
