package console

import (
	"net/url"
	"strconv"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// humanInputs are the inputs of a human.
var humanInputs = []string{
	string(iam.FieldUserName), string(iam.FieldFirstName), string(iam.FieldLastName), string(iam.FieldNickName),
	string(iam.FieldDisplayName), string(iam.FieldEmail), string(iam.FieldPhone), string(iam.FieldPassword),
}

// newHumanPage is what templates/new-human.html shows.
type newHumanPage struct {
	*form
	Back string
}

// invitedPage is what templates/invited.html shows: the link, once.
type invitedPage struct {
	userHead
	Link string
}

// inputs of how a new human gets a password.
const (
	inputEntry   = "entry"
	entryInvited = "invitation"
	entryInitial = "password"
)

// newHuman creates a human with an initial password, or with an invitation link.
func newHuman(v *visit) error {
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	p := newHumanPage{form: v.newForm(url.Values{inputEntry: {entryInvited}}), Back: v.base() + "/users"}
	if v.posts() {
		in := v.humanEntered()
		initial := v.value(inputEntry) == entryInitial
		password := ""
		if initial {
			if password = v.secret(inputPassword).Reveal(); password == "" {
				p.wrong(inputPassword, v.text("password.missing"))
			}
		}
		if !p.Invalid() {
			id, twice, err := v.create(p.form, func(id string) error {
				_, err := v.h.Directory.CreateHuman(v.r.Context(), v.caller, v.org.ID, directory.NewHuman{
					ID: id, UserName: in.UserName, Profile: in.Profile, Password: password, PasswordChange: true,
				})
				return err
			}, func(id string) bool {
				u, err := v.h.Directory.Human(v.r.Context(), v.caller, id)
				return err == nil && sameHuman(u, in)
			})
			switch {
			case err == nil && initial && twice:
				return v.goTo(v.base()+"/users/"+url.PathEscape(id), "human.twice")
			case err == nil && initial:
				return v.goTo(v.base()+"/users/"+url.PathEscape(id), "human.created")
			case err == nil:
				return v.invite(id, time.Time{})
			case !p.refuse(err, humanInputs...):
				return err
			}
		}
	}
	return v.show(p.status, "new-human", v.text("human.new.title"), p)
}

// humanEntered is a human as the form has it.
func (v *visit) humanEntered() iam.User {
	return iam.User{
		UserName: v.value(string(iam.FieldUserName)),
		Profile: iam.Profile{
			FirstName: v.value(string(iam.FieldFirstName)), LastName: v.value(string(iam.FieldLastName)),
			DisplayName: v.value(string(iam.FieldDisplayName)), Email: v.value(string(iam.FieldEmail)), Phone: v.value(string(iam.FieldPhone)),
		},
	}
}

// sameHuman compares what the form has.
func sameHuman(stored, entered iam.User) bool {
	return (entered.UserName == "" || stored.UserName == entered.UserName) && stored.FirstName == entered.FirstName && stored.LastName == entered.LastName &&
		(entered.DisplayName == "" || stored.DisplayName == entered.DisplayName) && stored.Email == entered.Email && stored.Phone == entered.Phone
}

// human shows one human and changes it.
func human(v *visit, head userHead) error {
	stored := url.Values{
		string(iam.FieldUserName): {head.UserName}, string(iam.FieldFirstName): {head.FirstName}, string(iam.FieldLastName): {head.LastName},
		string(iam.FieldDisplayName): {head.DisplayName}, string(iam.FieldEmail): {head.Email}, string(iam.FieldPhone): {head.Phone},
	}
	p := userPage{userHead: head, form: v.editForm(stored, head.Sequence)}
	if v.posts() {
		in := v.humanEntered()
		name := in.UserName
		if name == "" {
			name = " " // refused as empty, instead of left as it is
		}
		_, err := v.h.Directory.UpdateHuman(v.r.Context(), v.caller, head.ID, directory.HumanChange{
			UserName: &name, FirstName: &in.FirstName, LastName: &in.LastName, DisplayName: &in.DisplayName,
			Email: &in.Email, Phone: &in.Phone, Seen: p.Seen,
		})
		if done, err := v.saved(p.form, err, head.At, humanInputs); done || err != nil {
			return err
		}
	}
	return v.show(p.status, "user", head.Label(), p)
}

// invitePage is what templates/invite.html shows.
type invitePage struct {
	userHead
	*form
	Replaces string // when the present invitation was made, in microseconds; 0 for none
	At       string
	Invited  time.Time
}

// inviteUser makes a new invitation link for a human who has no password, or forgot it.
func inviteUser(v *visit) error {
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	if v.posts() {
		replaces, err := strconv.ParseInt(v.value(inputReplaces), 10, 64)
		if err == nil && replaces > 0 {
			return v.invite(v.id("user"), time.UnixMicro(replaces))
		}
		return v.invite(v.id("user"), time.Time{})
	}
	return v.showInvite(v.id("user"), v.newForm(nil))
}

// showInvite shows what an invitation does, and whether there is one already.
func (v *visit) showInvite(id string, f *form) error {
	u, err := v.h.Directory.User(v.r.Context(), v.caller, id)
	if err != nil {
		return err
	}
	head, err := v.userHead(u)
	if err != nil {
		return err
	}
	p := invitePage{userHead: head, form: f, Replaces: "0", At: head.At + "/invitation"}
	if p.Invited, err = v.h.Directory.InvitedAt(v.r.Context(), v.caller, id); err != nil {
		return err
	}
	if !p.Invited.IsZero() {
		p.Replaces = strconv.FormatInt(p.Invited.UnixMicro(), 10)
	}
	return v.show(f.status, "invite", v.text("invite.title", head.Label()), p)
}

// invite makes an invitation and shows its link, once. The code stands behind
// the #, which browsers keep to themselves. replaces is when the one was made that
// the form knew of: a form that is sent again ends no link that was handed over.
func (v *visit) invite(id string, replaces time.Time) error {
	u, code, err := v.h.Directory.Invite(v.r.Context(), v.caller, id, &replaces)
	if err != nil {
		if f := v.newForm(nil); f.refuse(err) {
			return v.showInvite(id, f)
		}
		return err
	}
	head, err := v.userHead(u)
	if err != nil {
		return err
	}
	p := invitedPage{userHead: head, Link: v.h.Tokens.URL + "/ui/invitation#" + code.Reveal()}
	return v.showOnce("invited", v.text("invited.title"), p)
}
