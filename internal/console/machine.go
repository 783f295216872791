package console

import (
	"net/url"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// machineInputs are the inputs of a service user.
var machineInputs = []string{
	string(iam.FieldUserName), string(iam.FieldName), string(iam.FieldDescription), string(iam.FieldAccessTokenType),
}

// newMachinePage is what templates/new-machine.html shows.
type newMachinePage struct {
	*form
	TokenTypes []choice
	Back       string
}

// newMachine creates a service user.
func newMachine(v *visit) error {
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	p := newMachinePage{
		form: v.newForm(url.Values{string(iam.FieldAccessTokenType): {string(iam.JWTToken)}}),
		Back: v.base() + "/users?type=machine",
	}
	if v.posts() {
		in := v.machineEntered()
		id, _, err := v.create(p.form, func(id string) error {
			_, err := v.h.Directory.CreateMachine(v.r.Context(), v.caller, directory.NewMachine{
				ID: id, OrgID: v.org.ID, UserName: in.UserName, Name: in.Name, Description: in.Description, AccessTokenType: in.AccessTokenType,
			})
			return err
		}, func(id string) bool {
			u, err := v.h.Directory.User(v.r.Context(), v.caller, id)
			return err == nil && u.Type == iam.Machine && sameMachine(u, in)
		})
		if err == nil {
			return v.goTo(v.base()+"/users/"+url.PathEscape(id), "machine.created")
		}
		if !p.refuse(err, machineInputs...) {
			return err
		}
	}
	p.TokenTypes = v.tokenTypes(p.form)
	return v.show(p.status, "new-machine", v.text("machine.new.title"), p)
}

// machineEntered is a service user as the form has it.
func (v *visit) machineEntered() iam.User {
	return iam.User{
		UserName: v.value(string(iam.FieldUserName)), Name: v.value(string(iam.FieldName)),
		Description: v.value(string(iam.FieldDescription)), AccessTokenType: iam.AccessTokenType(v.value(string(iam.FieldAccessTokenType))),
	}
}

func sameMachine(a, b iam.User) bool {
	return a.UserName == b.UserName && a.Name == b.Name && a.Description == b.Description && a.AccessTokenType == b.AccessTokenType
}

func (v *visit) tokenTypes(f *form) []choice {
	var out []choice
	for _, t := range []iam.AccessTokenType{iam.JWTToken, iam.OpaqueToken} {
		out = append(out, choice{
			Value: string(t), Label: v.text("machine.type." + string(t)), Chosen: f.Value(string(iam.FieldAccessTokenType)) == string(t),
		})
	}
	return out
}

// machine shows one service user and changes it.
func machine(v *visit, head userHead) error {
	stored := url.Values{
		string(iam.FieldUserName): {head.UserName}, string(iam.FieldName): {head.Name},
		string(iam.FieldDescription): {head.Description}, string(iam.FieldAccessTokenType): {string(head.AccessTokenType)},
	}
	p := userPage{userHead: head, form: v.editForm(stored, head.Sequence)}
	if v.posts() {
		in := v.machineEntered()
		if in.UserName == "" {
			in.UserName = " " // refused as empty, instead of left as it is
		}
		_, err := v.h.Directory.UpdateMachine(v.r.Context(), v.caller, head.ID, directory.MachineChange{
			UserName: &in.UserName, Name: &in.Name, Description: &in.Description, AccessTokenType: &in.AccessTokenType, Seen: p.Seen,
		})
		if done, err := v.saved(p.form, err, head.At, machineInputs); done || err != nil {
			return err
		}
	}
	p.TokenTypes = v.tokenTypes(p.form)
	return v.show(p.status, "user", head.Label(), p)
}
