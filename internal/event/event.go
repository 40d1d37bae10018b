package event

// Event is one event as a value. ID, Actor and Unit are pointers to nothing
// where absent; see the field comments.
type Event struct {
	Source   string // who sent it; "" is the only source of a batch
	ID       string // "" asks for one from the content
	Type     string
	Time     Stamp
	Seq      int64 // place among events of one instant; with HasSeq
	HasSeq   bool
	Recorded Stamp  // when it was entered
	Received Stamp  // when the service took it; never set by a source
	Actor    Opt    // the official
	Unit     Opt    // the unit
	Corrects string // the id of the event whose content this one replaces
	Voids    string // the id of the event that this one removes
	Objects  []Object
	Attrs    []Attr
}

// Opt is a string that may be absent; an empty string is a value.
type Opt struct {
	Value string
	OK    bool
}

// Some is an Opt that is there.
func Some(s string) Opt { return Opt{s, true} }

// Object is one object of an event, with the role it plays there (qualifier,
// "" if none) and the attributes that are in force from the event on.
type Object struct {
	Type, ID, Qualifier string
	Attrs               []Attr
}

// Attr is one attribute.
type Attr struct {
	Name  string
	Value Value
}

// Get is the value of attribute name, absent if there is none.
func (e *Event) Get(name string) Value {
	for _, a := range e.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return Value{}
}
