package console

import (
	"net/http"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// inputReplaces says which client secret was there when the form was shown.
const inputReplaces = "replaces"

// generateSecret gives a service user a client secret and shows it once. Where
// there is one already it says what will stop working first.
func generateSecret(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	c := head.confirmation(v, "secret.effect.old", "secret.effect.tokens")
	c.form = v.newForm(nil)
	c.Title, c.Do = v.text("secret.generate.title"), v.text("secret.generate")
	replaces := head.SecretID
	if v.posts() {
		// What is confirmed is the end of the secret that the form knew of, and of no other.
		replaces = v.value(inputReplaces)
		if replaces != directory.NoSecret && v.value(inputTyped) != head.UserName {
			c.wrong(inputTyped, v.text("confirm.wrong", head.UserName))
		} else {
			_, _, secret, err := v.h.Directory.GenerateSecret(v.r.Context(), v.caller, head.ID, &replaces)
			if err == nil {
				return v.showSecret(head, secret, false)
			}
			if !c.refuse(err) {
				return err
			}
			replaces = head.SecretID
		}
	}
	c.Hidden = map[string]string{inputReplaces: replaces}
	if replaces == directory.NoSecret {
		c.Effects, c.Name = nil, ""
	}
	return v.show(c.status, "confirm", c.Title, c)
}

// deleteSecret removes the client secret.
func deleteSecret(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	return v.confirm(head.confirmation(v, "secret.effect.old", "secret.effect.tokens", "secret.effect.pats"), "secret.delete", func() error {
		_, err := v.h.Directory.RemoveSecret(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// tokensPage is what templates/tokens.html shows.
type tokensPage struct {
	userHead
	*listing
	Tokens []patRow
}

// patRow is one personal access token in the list.
type patRow struct {
	iam.Credential
	Expired bool
}

// tokensOf lists the personal access tokens of a service user.
func tokensOf(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	p := tokensPage{userHead: head}
	p.listing = v.newListing(head.At+"/tokens", nil, []choice{
		{Label: v.text("list.all")}, {Value: goodTokens, Label: v.text("token.good")}, {Value: expiredTokens, Label: v.text("token.expired")},
	}, sorting{"created", "", true}, sorting{"expires", iam.FieldExpires, false})
	l, err := v.h.Directory.PATs(v.r.Context(), v.caller, iam.Filter{All: []iam.Filter{
		iam.FieldUserID.Is(head.ID), p.expiredIs(v.h.Now()), p.search(iam.FieldID),
	}}, p.page())
	if err != nil {
		return err
	}
	p.Total = l.Total
	for _, c := range l.Items {
		p.Tokens = append(p.Tokens, patRow{Credential: c, Expired: !c.Live(v.h.Now())})
	}
	return v.show(200, "tokens", head.Label(), p)
}

// Values of the filter of tokens.
const (
	goodTokens    = "good"
	expiredTokens = "expired"
)

// expiredIs is the condition that the filter of tokens chooses.
func (l *listing) expiredIs(now time.Time) iam.Filter {
	expired := iam.Filter{All: []iam.Filter{
		{Field: iam.FieldExpires, Match: iam.After}, {Field: iam.FieldExpires, Match: iam.AtMost, Time: now.UnixMicro()},
	}}
	switch l.Filter {
	case expiredTokens:
		return expired
	case goodTokens:
		return iam.Filter{Not: &expired}
	}
	return iam.Filter{}
}

// newPATPage is what templates/new-token.html shows.
type newPATPage struct {
	userHead
	*form
	Tomorrow string // the earliest date that can be chosen
}

// shownPATPage is what templates/shown-token.html shows: the token, once.
type shownPATPage struct {
	userHead
	Token   string
	Expires time.Time
	Curl    string
}

// dateForm is how browsers send a date.
const dateForm = "2006-01-02"

// newPAT makes a personal access token and shows it once. The expiration date
// is the last day, in UTC, on which it is good.
func newPAT(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	p := newPATPage{userHead: head, form: v.newForm(nil), Tomorrow: v.h.Now().UTC().AddDate(0, 0, 1).Format(dateForm)}
	if v.posts() && v.value(inputID) == "" { // not the form of this page
		p.Problem, p.status = v.text("form.again"), http.StatusUnprocessableEntity
	} else if v.posts() {
		var expires time.Time
		if day := v.value(string(iam.FieldExpires)); day != "" {
			at, err := time.Parse(dateForm, day)
			if err != nil {
				p.wrong(string(iam.FieldExpires), v.text("token.date"))
			}
			expires = at.AddDate(0, 0, 1)
		}
		if !p.Invalid() {
			cred, token, err := v.h.Directory.AddPAT(v.r.Context(), v.caller, head.ID, directory.NewPAT{ID: p.ID, Expires: expires})
			switch {
			case err == nil:
				return v.showOnce("shown-token", v.text("token.shown.title"), shownPATPage{
					userHead: head, Token: token.Reveal(), Expires: cred.Expires, Curl: patCurl(v.h.Tokens.URL, token.Reveal()),
				})
			case iam.Is(err, iam.AlreadyExists):
				if _, err := v.h.Directory.PAT(v.r.Context(), v.caller, head.ID, p.ID); err == nil {
					return v.goTo(head.At+"/tokens", "token.twice")
				}
				p.ID, p.Problem = iam.NewID(), v.text("form.again") // the id of something else, which was not chosen here
			case !p.refuse(err, string(iam.FieldExpires)):
				return err
			}
		}
	}
	return v.show(p.status, "new-token", v.text("token.new.title"), p)
}

// deletePAT removes a personal access token.
func deletePAT(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	cred, err := v.h.Directory.PAT(v.r.Context(), v.caller, head.ID, v.id("token"))
	if err != nil {
		return err
	}
	c := head.confirmation(v, "token.effect")
	c.Effects = append(c.Effects, v.text("token.effect.created", when(cred.Created)))
	c.Back = head.At + "/tokens"
	c.Crumbs = append(c.Crumbs, navItem{Path: c.Back, Label: v.text("user.tab.tokens")})
	return v.confirm(c, "token.delete", func() error {
		_, err := v.h.Directory.RemovePAT(v.r.Context(), v.caller, head.ID, cred.ID)
		return err
	})
}
