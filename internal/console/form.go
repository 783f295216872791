package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// form is what a form shows: what was entered or is stored, and what is wrong
// with it. Inputs are named as the fields of package iam, so that an error finds
// its place by itself.
type form struct {
	values url.Values
	chosen map[string]map[string]bool // values as sets, made when asked for
	errors map[string]string
	// Problem is about the form as a whole.
	Problem string
	// ID is of the object that the form creates: a second submit of the same form meets it.
	ID string
	// Seen is the version that an edit began with, stored the one that is there now.
	Seen   iam.Version
	stored iam.Version
	status int
}

// hidden inputs that forms carry.
const (
	inputID   = "id"
	inputSeen = "seen"
)

// newForm is a form that creates something: empty at first, then as entered.
func (v *visit) newForm(defaults url.Values) *form {
	f := &form{values: defaults, errors: map[string]string{}, ID: iam.NewID(), status: http.StatusOK}
	if v.posts() {
		f.values = v.r.PostForm
		if id := f.values.Get(inputID); iam.CheckChosenID(id) == nil {
			f.ID = id
		}
	}
	if f.values == nil {
		f.values = url.Values{}
	}
	return f
}

// editForm is a form that changes something: as stored at first, then as entered.
func (v *visit) editForm(stored url.Values, sequence int64) *form {
	f := v.newForm(stored)
	f.Seen, f.stored = iam.Version(sequence), iam.Version(sequence)
	if v.posts() {
		if n, err := strconv.ParseInt(f.values.Get(inputSeen), 10, 64); err == nil && n > 0 {
			f.Seen = iam.Version(n)
		}
	}
	return f
}

// F is the form itself, for templates.
func (f *form) F() *form { return f }

// Value is what an input holds.
func (f *form) Value(name string) string { return f.values.Get(name) }

// Has reports whether a checkbox or option of that value is chosen.
func (f *form) Has(name, value string) bool {
	if f.chosen == nil {
		f.chosen = map[string]map[string]bool{}
	}
	set := f.chosen[name]
	if set == nil || len(set) != len(f.values[name]) { // values were added since
		set = map[string]bool{}
		for _, v := range f.values[name] {
			set[v] = true
		}
		f.chosen[name] = set
	}
	return set[value]
}

// Error is what is wrong with an input, or empty.
func (f *form) Error(name string) string { return f.errors[name] }

// Invalid reports whether anything is wrong.
func (f *form) Invalid() bool { return f.Problem != "" || len(f.errors) > 0 }

// wrong notes what is wrong with an input.
func (f *form) wrong(name, text string) {
	f.errors[name], f.status = text, http.StatusUnprocessableEntity
}

// refuse takes an error that whoever fills in the form can mend. It reports
// false for every other one, which gets a page of its own.
func (f *form) refuse(err error, known ...string) bool {
	e, ok := errors.AsType[*iam.Error](err)
	if !ok {
		return false
	}
	switch e.Kind {
	case iam.InvalidArgument, iam.AlreadyExists, iam.FailedPrecondition, iam.Aborted, iam.ResourceExhausted:
	default:
		return false
	}
	f.status = problemOf(e.Kind).status
	if e.Kind == iam.InvalidArgument {
		f.status = http.StatusUnprocessableEntity
	}
	if slices.Contains(known, string(e.Field)) {
		f.errors[string(e.Field)] = sentence(e.Message)
	} else {
		f.Problem = sentence(e.Message)
	}
	return true
}

// input is one labelled input of a form, as templates/parts.html draws it.
type input struct {
	Name, Label, Hint, Value, Error string
	Type                            string
	Required, Autofocus             bool
	Max                             int
	Complete                        string // the autocomplete token
}

// newInput gathers what an input shows. key is its label's text, key.hint the
// line below it, where there is one; more are words that say the rest.
func newInput(t texts, f *form, name, key string, more []string) input {
	in := input{
		Name: name, Label: t.or(key), Hint: t.or(key + ".hint"), Value: f.Value(name), Error: f.Error(name),
		Type: "text", Max: iam.MaxName, Complete: "off",
	}
	if in.Label == "" {
		in.Label = "[" + key + "]" // a test looks for brackets
	}
	for _, word := range more {
		switch word {
		case "required":
			in.Required = true
		case "focus":
			in.Autofocus = !f.Invalid()
		case "password", "email", "tel", "date", "search":
			in.Type = word
		case "long":
			in.Max = iam.MaxDescription
		default:
			in.Complete = word
		}
	}
	if in.Type == "password" {
		in.Value = "" // what was typed is never sent back
	}
	if in.Error != "" {
		in.Autofocus = true
	}
	return in
}
