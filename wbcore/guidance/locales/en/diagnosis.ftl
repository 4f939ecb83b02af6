diag-scope_missing-title =
    { $scoped ->
        [yes] The token lacks the category “{ $category }”
        [no] The token has no category
       *[other] The token lacks a category
    }
diag-scope_missing-summary =
    Wildberries does not let the token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } use “{ $method }”: it needs the category “{ $category }”, and the token has: { $present }. A category can't be added to an existing token; a new one is needed.
diag-scope_missing-category_missing =
    The token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } can't be used for methods of the category “{ $category }”: it only has: { $present }. A category can't be added to an existing token; a new one is needed.
diag-scope_missing-bits_say_yes =
    { $scoped ->
        [yes] The token has the category “{ $category }”, and Wildberries refuses it all the same.
       *[no] For “{ $method }” any category is enough, and the token has: { $present }. Wildberries refuses it all the same.
    } Something seems to have changed at Wildberries: look at the token in the decoder and write to Wildberries' support.
diag-scope_missing-used_to_work = This token used to work (last at { $worked_until }), and now Wildberries refuses it. This happens when the token was deleted in the cabinet, or when the cabinet has a new owner.
diag-scope_missing-other_key_has_it =
    The token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } lacks the category “{ $category }”, but another key of yours has it: “{ $other_key }”. You can go on with that one, or make a new token.
diag-wrong_environment-title = The token is for another environment of Wildberries
diag-wrong_environment-summary = Test tokens work in Wildberries' test environment only, ordinary ones in production only.
diag-wrong_environment-test_on_production = This is a test token: it works in Wildberries' test environment only, and “{ $method }” exists in production only. An ordinary token is needed.
diag-wrong_environment-production_on_test = This is an ordinary token, and the request went to Wildberries' test environment. That one needs a test token.
diag-token_expired-title = The token has expired
diag-token_expired-summary =
    Wildberries no longer takes the token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    }: it has expired. A token lives 180 days, then a new one is needed.
diag-token_expired-said_by_wb =
    Wildberries no longer takes the token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    }: it has expired. A token lives 180 days, then a new one is needed.
diag-token_expired-before_its_end =
    Wildberries answers that the token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } has expired; the token itself says that it lives until { $expires_at }. So it is, too, where the clock of this computer is slow: check its date and time. If they are right, only a new token helps.
diag-token_expired-expired_since =
    The token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } expired at { $expires_at }.{ $stopped ->
        [0] { "" }
        [one] { " " }{ $stopped } import has failed since.
       *[other] { " " }{ $stopped } imports have failed since.
    } A token lives 180 days, then a new one is needed.
diag-token_expiring-title = The token expires soon
diag-token_expiring-summary =
    The token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } stops working at { $expires_at }, { $days ->
        [0] less than a day is left
        [one] { $days } day is left
       *[other] { $days } days are left
    }. Make a new one in time, so that imports go on.
diag-token_malformed-title = This does not look like a whole Wildberries token
diag-token_malformed-summary = The token can't be read. Copy it from the seller's cabinet again, all of it.
diag-token_malformed-empty = The token field is empty. Copy the token from the seller's cabinet and paste all of it.
diag-token_malformed-cut = A part of the token is missing: it has { $length ->
        [one] { $length } character
       *[other] { $length } characters
    }, the end or the beginning was lost.
diag-token_malformed-foreign = This is a key of another service, not a Wildberries token.
diag-token_malformed-two_tokens = Two tokens were pasted one after the other. One is needed.
diag-token_malformed-not_wb = This is a token, but not of Wildberries: it names no seller.
diag-token_malformed-garbage = This is not a Wildberries token: some characters are extra or changed.
diag-token_malformed-too_long = The pasted text is too long: { $length } characters. A Wildberries token has about 500.
diag-token_malformed-said_by_wb = Wildberries can't read this token: it seems to have changed while it was copied.
diag-token_withdrawn-title = The token was deleted in the seller's cabinet
diag-token_withdrawn-used_to_work-title = The token was withdrawn
diag-token_withdrawn-summary =
    The token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } was deleted in Wildberries' cabinet and works no more. A new token is needed.
diag-token_read_only-title = The token is read only
diag-token_read_only-summary =
    Wildberries says that access “Read Only” is not enough for “{ $method }”, and the token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } was made with it. Usually that access is enough for WB Desk.
diag-token_type_not_allowed-title = This type of token does not fit here
diag-token_type_not_allowed-summary = The token's type: { $kind }. WB Desk runs on your own computer, so a Personal token is the right one.
diag-token_type_not_allowed-closed = Wildberries does not let tokens of this type ({ $kind }) use “{ $method }”. A Personal token is the right one for WB Desk.
diag-token_type_not_allowed-service = This is a Service token: it belongs to one service of Wildberries' catalogue. WB Desk runs on your own computer, so a Personal token is the right one.
diag-token_type_not_allowed-basic = This is a Basic token: it works, but its limits are very small, for example order statistics once in 3 hours. With a Personal token there is almost no waiting.
diag-seller_mismatch-title = The token is another seller's
diag-seller_mismatch-summary = The seller of key “{ $key }”: { $seller }; the seller of the new token: { $other_seller }; it was not saved, so that the orders of two sellers don't mix.
diag-seller_mismatch-named_another-title = Wildberries named another seller than the token does
diag-seller_mismatch-named_another = By the token itself the seller's number is { $own }, but the answer to “who is the seller” was { $other_seller }. Orders of this key are kept under the token's number, so that the orders of two sellers don't mix; the seller stays without a name until the answers agree.
diag-access_denied-title = The seller has no access to this method
diag-access_denied-summary = The token's category is right, but Wildberries does not allow this seller or user to use “{ $method }”.
diag-payment_required-title = Wildberries asks to pay for access
diag-payment_required-summary = This is what Wildberries answers to services of its catalogue. WB Desk runs on your own computer, so a Personal token is the right one.
diag-payment_required-personal =
    This is what Wildberries answers to services of its catalogue, and the token{ $named ->
        [no] { "" }
       *[other] { " " }of key “{ $key }”
    } is a Personal one. Another token does not help here: ask Wildberries' support what is to be paid for.
diag-rate_limited-title = The request limit of Wildberries is used up
diag-rate_limited-summary = Wildberries asks to wait until { $until }. The limit is shared by all programs of this seller.
diag-rate_limited-burst = Wildberries asks to wait until { $until }. The limit is shared by all programs of this seller; requests before that only make the wait longer.
diag-rate_limited-basic_quota = A Basic token has small limits: order statistics and the order feed once in 3 hours, portal news once an hour, seller information once a day. The next request can go after { $until }.
diag-endpoint_retired-title = Wildberries has removed or moved this method
diag-endpoint_retired-summary = “{ $method }” is no longer at this address. It is not the token's fault.
diag-method_disabled-title = Wildberries has switched this method off for a while
diag-method_disabled-summary = “{ $method }” is switched off at Wildberries for a while. It is not the token's fault; it takes waiting.
diag-bad_request-title = Wildberries did not accept the request
diag-bad_request-summary = Wildberries thinks that the request to “{ $method }” is wrong. Its answer: { $status } { $excerpt }
diag-wb_unavailable-title = Wildberries does not answer now
diag-wb_unavailable-summary = Wildberries' server answers with error { $status } after several tries. It is not the token or the settings.
diag-network_unreachable-title = No connection to Wildberries
diag-network_unreachable-summary = The request did not reach Wildberries.
diag-network_unreachable-dns = This computer does not find Wildberries' address. Usually there is no internet, or DNS does not work.
diag-network_unreachable-refused = Wildberries' address refuses to connect. A firewall or a proxy may be in the way.
diag-network_unreachable-tls = The secure connection to Wildberries failed. Frequent reasons: a wrong date on this computer, or a network that inspects traffic.
diag-network_unreachable-timeout = Wildberries did not answer in time, several tries in a row.
diag-network_unreachable-dropped = The connection to Wildberries keeps breaking.
diag-network_unreachable-other = The request did not reach Wildberries; the reason is in the network.
diag-unexpected_response-title = An unexpected answer instead of data
diag-unexpected_response-summary = The answer to “{ $method }” is not what Wildberries documents.
diag-unexpected_response-html = A web page came instead of data. Often the network puts it there: a Wi-Fi sign-in, a proxy, or a notice of works.
diag-unexpected_response-not_json = The answer to “{ $method }” can't be read.
diag-unexpected_response-wrong_shape = The answer to “{ $method }” is built in another way than Wildberries documents. What was imported before is safe.
diag-unexpected_response-truncated = Wildberries' answer breaks off in the middle, several tries in a row.
diag-unexpected_response-redirect = Instead of an answer the request is sent on to another address. WB Desk did not follow, so that the token stays safe.
diag-unknown-title = An unknown error
diag-unknown-summary = WB Desk does not know this answer yet. Here it is: { $excerpt }
diag-unknown-answer = WB Desk does not know this answer of Wildberries yet. Here it is: { $status } { $excerpt }
diag-unknown-internal = Something went wrong inside WB Desk ({ $excerpt }). What was imported before is safe; the log has the details.
diag-help-category = Make sure that the token has the right category: “{ $category }”
diag-help-expiry = Check that the token has not expired
diag-help-seller = Make sure that the seller's account is active
diag-help-support = Write to Wildberries' support: dialogs in the seller's cabinet, category API
