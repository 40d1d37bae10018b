package web

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/export/xlsx"
	"plumbline/internal/ledger"
	"plumbline/internal/report"
	"plumbline/internal/seal"
)

// maxExport is the most rows of a file: it is made whole before it is sent, so that
// nobody takes half of a list for all of it.
const maxExport = 100_000

// exportFields are the columns of an exported list, with their widths.
var exportFields = []struct {
	name  string
	width float64
}{{"number", 11}, {"finding", 44}, {"severity", 10}, {"warning", 10}, {"unit", 22}, {"owner", 14}, {"state", 14}, {"turn", 18}, {"first", 18}, {"due", 18}, {"outcome", 14},
	{"raised", 18}, {"case", 18}, {"actor", 12}, {"began", 18}, {"law", 18}, {"pack", 22}, {"rule", 26}, {"id", 34}}

// exportFindings gives the list that a form's filters select as a file. It is said
// why, and that it was done is sealed before anything is sent.
func (p *Pages) exportFindings(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	reason, format := errs.Said(form.Get("reason")), form.Get("format")
	if reason == "" {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("an export needs a reason; it is recorded with it", "导出须说明理由，理由将一并记录")}
	}
	if !slices.Contains([]string{"csv", "xlsx"}, format) {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("a list is exported as CSV or XLSX", "列表只能导出为 CSV 或 XLSX")}
	}
	u := *v.r.URL
	u.Path, u.RawQuery = "/findings", form.Get("query")
	f := newFilter(&u, findingsKnown)
	q := v.listQuery(f)
	q.Filter, q.Args = access.Where(v.who, access.ExportMake, itemColumns) // beside what they may read
	rows, err := v.exportRows(q)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := v.writeTable(&file, format, rows); err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"account": v.who.Account, "what": f.link(), "format": format, "reason": reason, "rows": len(rows)})
	if err != nil {
		return nil, err
	}
	if err := p.Record.Seal(v.r.Context(), v.now, seal.Leaf{Kind: "export", Ref: v.who.Account, Body: body}); err != nil {
		return nil, err
	}
	p.Log.Info("exported", "by", "session "+v.who.Session, "format", format, "rows", len(rows))
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[format]
	name := "export.file"
	if p.Seal != nil && !p.Seal.Vouched() { // what pages say at their foot goes with the file
		name = "export.file_unvouched"
	}
	return nil, raw{kind, v.T(name, v.local(v.now).Format("2006-01-02")) + "." + format, file.Bytes()}
}

// itemColumns is how rows of a list of items are known to package access.
var itemColumns = access.Columns{Owner: "i.owner %", Unit: "f.unit %", Subject: "f.actor %"}

// exportRows are all rows that a query selects.
func (v *view) exportRows(q ledger.Query) ([][]any, error) {
	var rows [][]any
	q.Limit, q.After = 500, ""
	for {
		page, err := v.p.Ledger.Queue(v.r.Context(), q)
		if err != nil {
			return nil, err
		}
		list, err := v.entries(page.Items)
		if err != nil {
			return nil, err
		}
		for i := range list {
			rows = append(rows, v.exportRow(&list[i]))
		}
		if q.After = page.Next; q.After == "" {
			return rows, nil
		}
		if len(rows) >= maxExport {
			return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("more than %d findings; a file has at most as many", "超过 %d 条，单个文件最多这么多", maxExport),
				Next: errs.T("set filters first", "请先加筛选条件")}
		}
	}
}

func (v *view) exportRow(e *entry) []any {
	at := func(t clock.Instant) any {
		if t == 0 {
			return nil
		}
		return v.local(t)
	}
	r := v.findingRow(e)
	warning, outcome, actor, number := "", "", "", r.Case
	if e.Warning {
		warning = v.T("finding.warning")
	}
	if e.Item.Outcome != "" {
		outcome = v.T("outcome." + string(e.Item.Outcome))
	}
	if e.Persons {
		actor = e.Actor
	}
	return []any{r.Number, r.Title, v.T("severity." + e.Severity), warning, r.Unit, r.Owner, v.T("state." + string(e.Item.State)), at(e.Item.Turn), at(e.Item.First), at(e.Item.Due), outcome,
		at(e.Raised), number, actor, at(e.EventTime), at(e.Due), e.Pack, e.Rule, e.ID}
}

// writeTable writes rows as a file of a format.
func (v *view) writeTable(w io.Writer, format string, rows [][]any) error {
	t := report.Table{Name: v.T("findings.title"), Filter: true, Rows: iter.Seq[[]any](slices.Values(rows))}
	for _, c := range exportFields {
		t.Columns = append(t.Columns, report.Column{Field: c.name, Title: v.T("export." + c.name), Width: c.width})
	}
	if format == "xlsx" {
		return xlsx.Write(w, t)
	}
	if _, err := io.WriteString(w, "\uFEFF"); err != nil { // without it a spreadsheet doesn't see that it is UTF-8
		return err
	}
	return report.CSV(w, t)
}
