package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio/xlsxlog"
	"plumbline/internal/org"
)

// maxRows bounds the lists of a workbook: an organisation of half a million
// officers with their transfers.
const maxRows = 2_000_000

// Organisation reads the agency's units and posts from one file that has all of
// them: YAML or, by the name's ending, a workbook.
func Organisation(file string, zone *clock.Zone) (*org.Organisation, error) {
	d, err := OrganisationDraft(file)
	if err != nil {
		return nil, err
	}
	return d.Over(nil, 0, false, zone)
}

// OrganisationDraft reads the agency's units and posts, or some of them, from one
// or more files: YAML, workbooks, and tables of units, posts, officers or conflicts.
func OrganisationDraft(files ...string) (*org.Draft, error) {
	var parts []*org.Draft
	for _, file := range files {
		src, err := readOrganisation(file)
		if err != nil {
			return nil, err
		}
		d, err := organisationPart(file, src)
		if err != nil {
			return nil, err
		}
		parts = append(parts, d)
	}
	return org.Join(parts...), nil
}

// maxFile is how long a file of an organisation may be.
const maxFile = 256 << 20

func readOrganisation(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cantRead(file, err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1)) // a device may have no end
	if err != nil {
		return nil, cantRead(file, err)
	}
	if len(src) > maxFile {
		return nil, &errs.Error{Code: errs.Limit, Place: errs.Place{File: file}, What: errs.Tf("more than %d MB", "超过 %d MB", maxFile>>20),
			Next: errs.T("check that this is the file you mean", "请检查文件是否正确")}
	}
	return src, nil
}

// organisationPart reads one file by its name's ending.
func organisationPart(file string, src []byte) (*org.Draft, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".xlsx":
		sheets, err := organisationSheets(file, src)
		if err != nil {
			return nil, err
		}
		return org.SheetsDraft(file, sheets)
	case ".csv", ".tsv":
		sheet, err := organisationTable(file, src)
		if err != nil {
			return nil, err
		}
		return org.SheetsDraft(file, []org.Sheet{sheet})
	}
	return org.ParseDraft(file, src)
}

func organisationSheets(file string, src []byte) ([]org.Sheet, error) {
	var sheets []org.Sheet
	rows := 0
	err := xlsxlog.Rows(bytes.NewReader(src), int64(len(src)), file, func(sheet string, number int, cells []string) error {
		if rows++; rows > maxRows {
			return tooManyRows(file)
		}
		if len(sheets) == 0 || sheets[len(sheets)-1].Name != sheet {
			sheets = append(sheets, org.Sheet{Name: sheet})
		}
		last := &sheets[len(sheets)-1]
		last.Rows = append(last.Rows, org.Row{Number: number, Cells: slices.Clone(cells)})
		return nil
	})
	if err != nil {
		return nil, placed(file, err)
	}
	return sheets, nil
}

func tooManyRows(file string) error {
	return &errs.Error{Code: errs.Limit, Place: errs.Place{File: file}, What: errs.Tf("more than %d rows", "超过 %d 行", maxRows),
		Next: errs.T("check that this is the file you mean", "请检查文件是否正确")}
}

// organisationTable reads a table as one sheet, in UTF-8 or, as spreadsheets in
// China save it, GB 18030. What it is of, its name or its columns say.
func organisationTable(file string, src []byte) (org.Sheet, error) {
	base := filepath.Base(file)
	sheet := org.Sheet{Name: strings.TrimSuffix(base, filepath.Ext(base))}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(src) {
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(src)
		if err != nil {
			return sheet, placed(file, err)
		}
		src = text
	}
	r := csv.NewReader(bytes.NewReader(src))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	if strings.EqualFold(filepath.Ext(file), ".tsv") {
		r.Comma = '\t'
	}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return sheet, nil
		}
		if err != nil {
			return sheet, &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err, What: errs.Tf("this is no table: %v", "不是有效的表格：%v", err),
				Next: errs.T("save it as CSV (UTF-8)", "请另存为 CSV（UTF-8）")}
		}
		line, _ := r.FieldPos(0)
		if len(sheet.Rows) > maxRows {
			return sheet, tooManyRows(file)
		}
		sheet.Rows = append(sheet.Rows, org.Row{Number: line, Cells: slices.Clone(cells)})
	}
}

// organisationAt is the organisation of a record. A file beside it is its first
// revision, and isn't looked at again: what changes then is entered as a revision.
func organisationAt(ctx context.Context, store org.Store, dir string, zone *clock.Zone, now func() clock.Instant, log *slog.Logger) (*org.Keeper, error) {
	k, err := org.Keep(ctx, store, zone, now)
	if err != nil {
		return nil, err
	}
	file, err := organisationBeside(dir)
	if err != nil || file == "" {
		return k, err
	}
	draft, err := OrganisationDraft(file)
	if err != nil {
		return nil, err
	}
	plan, err := k.Plan(ctx, org.Author{}, draft, 0, false)
	if err != nil {
		return nil, err
	}
	switch {
	case plan.First:
		if _, err := k.Apply(ctx, org.Author{}, plan, filepath.Base(file)); err != nil {
			return nil, err
		}
		units, people := k.Now().Size()
		log.Info("the organisation was taken into the record", "file", file, "units", units, "people", people)
		for _, odd := range k.Now().Odd() {
			log.Warn(odd.In(errs.En))
		}
	case !plan.Differs.Empty():
		log.Warn("the file of the organisation differs from the record, which counts; plumbline org import shows the difference and applies it", "file", file)
	}
	return k, nil
}

// organisationBeside is the file of the organisation in a data directory; "" where
// there is none.
func organisationBeside(dir string) (string, error) {
	yaml, book := filepath.Join(dir, organisationFile), filepath.Join(dir, organisationBook)
	switch isYAML, isBook := there(yaml), there(book); {
	case isYAML && isBook:
		return "", &errs.Error{Code: errs.Usage, Place: errs.Place{File: book}, What: errs.Tf("%s is there, too", "同时存在 %s", organisationFile), Next: errs.T("keep one of the two", "请只保留其中一个")}
	case isYAML:
		return yaml, nil
	case isBook:
		return book, nil
	}
	return "", nil
}

// organisationFace is what the API is given of the organisation.
type organisationFace struct{ *org.Keeper }

// Read reads a file that was sent, by its name's ending.
func (organisationFace) Read(name string, body []byte) (*org.Draft, error) {
	return organisationPart(filepath.Base(name), body)
}

// stamped writes into events what the organisation says of their actors.
func stamped(k *org.Keeper) func(*event.Event) {
	return func(e *event.Event) {
		if o := k.Now(); o != nil {
			o.Stamp(e)
		}
	}
}

// organisationEvery is how often the record is looked at for what another program
// entered, and for a new day. A change counts for what comes from then on; what came
// before was stamped as was known then.
const organisationEvery = 10 * time.Second

func followOrganisation(ctx context.Context, k *org.Keeper, log *slog.Logger) {
	tick := time.NewTicker(organisationEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			refreshOrganisation(ctx, k, log)
		}
	}
}

func refreshOrganisation(ctx context.Context, k *org.Keeper, log *slog.Logger) {
	changed, err := k.Refresh(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		log.Error("the organisation can't be read; the one before stays in force", "error", err)
	case changed:
		units, people := k.Now().Size()
		log.Info("the organisation changed", "units", units, "people", people)
	}
}
