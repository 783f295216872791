package console

import (
	"strconv"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// create makes the object of a form once, however often the form is sent. make
// is given the id that the form carries. When that is taken, made says whether
// by the same object: then this is the second submit of a form that succeeded.
// If the object is another one, a form that was changed after it succeeded is
// sent: that makes one more object, under a fresh id.
func (v *visit) create(f *form, make func(id string) error, made func(id string) bool) (id string, twice bool, err error) {
	err = make(f.ID)
	if !iam.Is(err, iam.AlreadyExists) {
		return f.ID, false, err
	}
	if made(f.ID) {
		return f.ID, true, nil
	}
	f.ID = iam.NewID()
	return f.ID, false, make(f.ID)
}

// saved ends an edit: done when the answer is written. What was entered may be
// what is stored already, as after a second submit. When somebody else was
// faster, the form is shown again with what was entered, and saving once more
// overwrites what the other did.
func (v *visit) saved(f *form, err error, to string, inputs []string) (done bool, _ error) {
	switch {
	case err == nil, iam.Is(err, iam.Unchanged):
		return true, v.goTo(to, "saved")
	case iam.Is(err, iam.Aborted):
		f.status = problemOf(iam.Aborted).status
		f.Problem = v.text("form.overtaken")
		f.Seen = f.stored
		return false, nil
	case !f.refuse(err, inputs...):
		return false, err
	}
	return false, nil
}

// SeenText is the version for the hidden input.
func (f *form) SeenText() string { return strconv.FormatInt(int64(f.Seen), 10) }
