package test

import (
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	userv1 "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user"
	users "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/user/v2"
)

func humanUserKind() kind {
	return kind{
		name: "zitadel_human_user", alone: true,
		computed: []string{
			"user_id", "state", "login_names", "preferred_login_name", "display_name", "is_email_verified", "is_phone_verified",
		},
		unread:  []string{"user_id", "initial_password", "initial_hashed_password", "initial_skip_password_change"},
		imports: []string{"id"}, optional: []string{"org_id", "initial_password"},
		create: createHumanUser, read: readHumanUser, update: updateHumanUser, remove: removeUser,
	}
}

// optional is a text that is only sent when there is one.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func humanEmail(d *data) *users.SetHumanEmail {
	email := &users.SetHumanEmail{Email: d.text("email")}
	if d.flag("is_email_verified") {
		email.Verification = &users.SetHumanEmail_IsVerified{IsVerified: true}
	}
	return email
}

func humanPhone(d *data) *users.SetHumanPhone {
	phone := &users.SetHumanPhone{Phone: d.text("phone")}
	if d.flag("is_phone_verified") {
		phone.Verification = &users.SetHumanPhone_IsVerified{IsVerified: true}
	}
	return phone
}

func createHumanUser(p *provider, d *data) error {
	if d.text("display_name") == "" {
		d.now["display_name"] = d.text("first_name") + " " + d.text("last_name")
	}
	if err := either(func() error { return createHumanV2(p, d) }, func() error { return importHuman(p, d) }); err != nil {
		return err
	}
	return readHumanUser(p, d)
}

func createHumanV2(p *provider, d *data) error {
	gender := enum[users.Gender](users.Gender_value, d.text("gender"))
	language, display, name := d.text("preferred_language"), d.text("display_name"), d.text("user_name")
	human := &users.CreateUserRequest_Human{
		Profile: &users.SetHumanProfile{
			GivenName: d.text("first_name"), FamilyName: d.text("last_name"), NickName: optional(d.text("nick_name")),
			DisplayName: &display, PreferredLanguage: &language, Gender: &gender,
		},
		Email: humanEmail(d),
	}
	if d.text("phone") != "" {
		human.Phone = humanPhone(d)
	}
	if password := d.text("initial_password"); password != "" {
		human.PasswordType = &users.CreateUserRequest_Human_Password{
			Password: &users.Password{Password: password, ChangeRequired: !d.flag("initial_skip_password_change")},
		}
	} else if hash := d.text("initial_hashed_password"); hash != "" {
		human.PasswordType = &users.CreateUserRequest_Human_HashedPassword{HashedPassword: &users.HashedPassword{Hash: hash}}
	}
	answer, err := p.UserServiceV2().CreateUser(p.of(d), &users.CreateUserRequest{
		OrganizationId: d.text("org_id"), UserId: optional(d.text("user_id")), Username: &name,
		UserType: &users.CreateUserRequest_Human_{Human: human},
	})
	d.id = answer.GetId()
	return err
}

func importHuman(p *provider, d *data) error {
	request := &management.ImportHumanUserRequest{
		UserName: d.text("user_name"),
		Profile: &management.ImportHumanUserRequest_Profile{
			FirstName: d.text("first_name"), LastName: d.text("last_name"), NickName: d.text("nick_name"),
			DisplayName: d.text("display_name"), PreferredLanguage: d.text("preferred_language"),
			Gender: enum[userv1.Gender](userv1.Gender_value, d.text("gender")),
		},
		Email: &management.ImportHumanUserRequest_Email{Email: d.text("email"), IsEmailVerified: d.flag("is_email_verified")},
	}
	if phone := d.text("phone"); phone != "" {
		request.Phone = &management.ImportHumanUserRequest_Phone{Phone: phone, IsPhoneVerified: d.flag("is_phone_verified")}
	}
	if password := d.text("initial_password"); password != "" {
		request.Password, request.PasswordChangeRequired = password, !d.flag("initial_skip_password_change")
	} else if hash := d.text("initial_hashed_password"); hash != "" {
		request.HashedPassword = &management.ImportHumanUserRequest_HashedPassword{Value: hash}
	}
	answer, err := p.ManagementService().ImportHumanUser(p.of(d), request)
	d.id = answer.GetUserId()
	return err
}

func readHumanUser(p *provider, d *data) error {
	return either(func() error { return readHumanV2(p, d) }, func() error { return readHumanV1(p, d) })
}

func readHumanV2(p *provider, d *data) error {
	answer, err := p.UserServiceV2().GetUserByID(p.of(d), &users.GetUserByIDRequest{UserId: d.id})
	if lost(err) {
		return d.gone()
	}
	if err != nil {
		return err
	}
	user := answer.GetUser()
	read := attributes{
		"org_id": user.GetDetails().GetResourceOwner(), "state": user.GetState().String(), "user_name": user.GetUsername(),
		"login_names": list(user.GetLoginNames()), "preferred_login_name": user.GetPreferredLoginName(),
	}
	if profile := user.GetHuman().GetProfile(); profile != nil {
		read["first_name"], read["last_name"] = profile.GetGivenName(), profile.GetFamilyName()
		for name, value := range map[string]*string{
			"display_name": profile.DisplayName, "nick_name": profile.NickName, "preferred_language": profile.PreferredLanguage,
		} {
			if value != nil {
				read[name] = *value
			}
		}
		if profile.Gender != nil {
			read["gender"] = profile.GetGender().String()
		}
	}
	if email := user.GetHuman().GetEmail(); email != nil {
		read["email"], read["is_email_verified"] = email.GetEmail(), email.GetIsVerified()
	}
	if phone := user.GetHuman().GetPhone(); phone != nil {
		read["phone"], read["is_phone_verified"] = phone.GetPhone(), phone.GetIsVerified()
	}
	return d.found(user.GetUserId(), read)
}

func readHumanV1(p *provider, d *data) error {
	answer, err := p.ManagementService().GetUserByID(p.of(d), &management.GetUserByIDRequest{Id: d.id})
	if lost(err) {
		return d.gone()
	}
	if err != nil {
		return err
	}
	user := answer.GetUser()
	read := attributes{
		"org_id": user.GetDetails().GetResourceOwner(), "state": user.GetState().String(), "user_name": user.GetUserName(),
		"login_names": list(user.GetLoginNames()), "preferred_login_name": user.GetPreferredLoginName(),
	}
	if profile := user.GetHuman().GetProfile(); profile != nil {
		read["first_name"], read["last_name"], read["nick_name"] = profile.GetFirstName(), profile.GetLastName(), profile.GetNickName()
		read["display_name"], read["preferred_language"] = profile.GetDisplayName(), profile.GetPreferredLanguage()
		read["gender"] = profile.GetGender().String()
	}
	if email := user.GetHuman().GetEmail(); email != nil {
		read["email"], read["is_email_verified"] = email.GetEmail(), email.GetIsEmailVerified()
	}
	if phone := user.GetHuman().GetPhone(); phone != nil {
		read["phone"], read["is_phone_verified"] = phone.GetPhone(), phone.GetIsPhoneVerified()
	}
	return d.found(user.GetId(), read)
}

// humanProfile are the attributes of a profile.
func humanProfile() []string {
	return []string{"first_name", "last_name", "nick_name", "display_name", "preferred_language", "gender"}
}

func updateHumanUser(p *provider, d *data) error {
	return either(func() error { return updateHumanV2(p, d) }, func() error { return updateHumanV1(p, d) })
}

func updateHumanV2(p *provider, d *data) error {
	request := &users.UpdateUserRequest{UserId: d.id}
	changed := func(name string) *string {
		if !d.changed(name) {
			return nil
		}
		text := d.text(name)
		return &text
	}
	request.Username = changed("user_name")
	human := &users.UpdateUserRequest_Human{}
	if d.changed(humanProfile()...) {
		human.Profile = &users.UpdateUserRequest_Human_Profile{
			GivenName: changed("first_name"), FamilyName: changed("last_name"), NickName: changed("nick_name"),
			DisplayName: changed("display_name"), PreferredLanguage: changed("preferred_language"),
		}
		if d.changed("gender") {
			gender := enum[users.Gender](users.Gender_value, d.text("gender"))
			human.Profile.Gender = &gender
		}
	}
	if d.changed("email", "is_email_verified") {
		human.Email = humanEmail(d)
	}
	if d.changed("phone", "is_phone_verified") {
		human.Phone = humanPhone(d)
	}
	if human.Profile != nil || human.Email != nil || human.Phone != nil {
		request.UserType = &users.UpdateUserRequest_Human_{Human: human}
	}
	_, err := p.UserServiceV2().UpdateUser(p.of(d), request)
	return err
}

func updateHumanV1(p *provider, d *data) error {
	if d.changed("user_name") {
		if _, err := p.ManagementService().UpdateUserName(p.of(d), &management.UpdateUserNameRequest{
			UserId: d.id, UserName: d.text("user_name"),
		}); err != nil {
			return err
		}
	}
	if d.changed(humanProfile()...) {
		if _, err := p.ManagementService().UpdateHumanProfile(p.of(d), &management.UpdateHumanProfileRequest{
			UserId: d.id, FirstName: d.text("first_name"), LastName: d.text("last_name"), NickName: d.text("nick_name"),
			DisplayName: d.text("display_name"), PreferredLanguage: d.text("preferred_language"),
			Gender: enum[userv1.Gender](userv1.Gender_value, d.text("gender")),
		}); err != nil {
			return err
		}
	}
	if d.changed("email") || d.changed("is_email_verified") && d.flag("is_email_verified") {
		if _, err := p.ManagementService().UpdateHumanEmail(p.of(d), &management.UpdateHumanEmailRequest{
			UserId: d.id, Email: d.text("email"), IsEmailVerified: d.flag("is_email_verified"),
		}); err != nil {
			return err
		}
	}
	if d.changed("phone") || d.changed("is_phone_verified") && d.flag("is_phone_verified") {
		if _, err := p.ManagementService().UpdateHumanPhone(p.of(d), &management.UpdateHumanPhoneRequest{
			UserId: d.id, Phone: d.text("phone"), IsPhoneVerified: d.flag("is_phone_verified"),
		}); err != nil {
			return err
		}
	}
	return nil
}
