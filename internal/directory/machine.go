package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewMachine is a service user to be created. ID is chosen by the client or
// empty; without a user name the id is the user name.
type NewMachine struct {
	ID              string
	OrgID           string
	UserName        string
	Name            string
	Description     string
	AccessTokenType iam.AccessTokenType
	Metadata        []iam.MetadataEntry
}

// CreateMachine creates a service user. Kind: AlreadyExists.
func (d *Directory) CreateMachine(ctx context.Context, c iam.Caller, in NewMachine) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		if _, err := findOrg(ctx, tx.Reader, c, iam.UserWrite, in.OrgID); err != nil {
			return err
		}
		var err error
		if u, err = addMachine(tx, in); err != nil {
			return err
		}
		return firstMetadata(ctx, tx, u, in.Metadata)
	})
	return u, err
}

func addMachine(tx *store.Tx, in NewMachine) (iam.User, error) {
	u := iam.User{
		OrgID: in.OrgID, Type: iam.Machine, State: iam.Active, UserName: in.UserName, Name: in.Name,
		Description: in.Description, AccessTokenType: in.AccessTokenType,
	}
	var err error
	if u.ID, err = newID(in.ID); err != nil {
		return u, err
	}
	if u.UserName == "" {
		u.UserName = u.ID
	}
	if u.AccessTokenType == "" {
		u.AccessTokenType = iam.OpaqueToken
	}
	if err := iam.CheckMachine(u); err != nil {
		return u, err
	}
	if err := tx.AddUser(&u); err != nil {
		return u, userNameTaken(err)
	}
	after := machineFields(u)
	after["userName"] = u.UserName
	return u, tx.Record(userEvent(iam.MachineAdded, u, iam.Change(nil, after)))
}

func machineFields(u iam.User) iam.Fields {
	return iam.Fields{"name": u.Name, "description": u.Description, "accessTokenType": string(u.AccessTokenType)}
}

// MachineChange is what [Directory.UpdateMachine] changes; nil leaves as it is.
type MachineChange struct {
	UserName        *string
	Name            *string
	Description     *string
	AccessTokenType *iam.AccessTokenType
	Metadata        []iam.MetadataEntry // those that are to be set; see [Directory.SetMetadata]
	Seen            iam.Version
}

// UpdateMachine changes a service user. Kinds: AlreadyExists for a user name;
// FailedPrecondition for a human; Aborted when it is no longer as it was seen.
func (d *Directory) UpdateMachine(ctx context.Context, c iam.Caller, id string, in MachineChange) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findMachine(ctx, tx.Reader, c, id); err != nil {
			return err
		}
		before := u
		patch(&u.Name, in.Name)
		patch(&u.Description, in.Description)
		patch(&u.AccessTokenType, in.AccessTokenType)
		if err := iam.CheckMachine(u); err != nil {
			return err
		}
		err = d.edit(tx, before, &u, in.UserName, in.Seen)
		return alsoMetadata(ctx, tx, c, &u, in.Metadata, err)
	})
	return u, err
}

// findMachine is findUser for changes that only service users know. Service
// users may do them to themselves. Kind: FailedPrecondition for a human.
func findMachine(ctx context.Context, r store.Reader, c iam.Caller, id string) (iam.User, error) {
	u, err := findUser(ctx, r, c, iam.UserWrite, id, true)
	if err == nil && u.Type != iam.Machine {
		return iam.User{}, iam.Errorf(iam.FailedPrecondition, "USER-humn1", "the user is a human, not a service user")
	}
	return u, err
}
