package web

// What the days of package web_test need of this package's tests.
var (
	NewBrowser = browser
	Axe        = axe
	ShotsOf    = shotsOf
)

// Looking asks a page what it is wider than the window, and what axe finds.
const Looking = looking

// Look is the answer.
type Look = look
