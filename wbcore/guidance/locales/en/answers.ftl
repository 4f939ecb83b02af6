diag-wrong_environment-no_test_environment-title = Wildberries' test environment does not have this method
diag-wrong_environment-no_test_environment = “{ $method }” does not exist in Wildberries' test environment, in production only. A test token can't call it: an ordinary token is needed.
diag-token_malformed-arrived_empty = An empty or cut token has arrived at Wildberries. Either it was not copied whole, or a program between this computer and Wildberries takes it away: a proxy, an antivirus, a VPN.
diag-token_malformed-header_lost-title = The token does not arrive at Wildberries
diag-token_malformed-header_lost = The request came to Wildberries without the token, although WB Desk has sent it. This happens where a proxy, an antivirus or a VPN on the way takes the Authorization header away. The token itself may be all right.
diag-token_withdrawn-used_to_work = The token of key “{ $key }” worked (last at { $worked_until }), and now Wildberries says that it is withdrawn. This happens when the token was deleted in the cabinet, or when the cabinet has a new owner. A new token is needed.
diag-token_type_not_allowed-personal-title = Wildberries does not take this Personal token
diag-token_type_not_allowed-personal = The token of key “{ $key }” is a Personal one already, and to “{ $method }” Wildberries answers: { $detail }. Another type of token won't help here; write to Wildberries' support.
diag-access_denied-used_to_work = This token used to work with “{ $method }” (last at { $worked_until }), and now Wildberries refuses. This happens when the cabinet has a new owner, or when the user's access was closed.
diag-rate_limited-untold = Wildberries asks for fewer requests and does not say how long to wait. The next request can go after { $until }. If it is refused again, WB Desk waits longer. The limit is shared by all programs of this seller.
diag-endpoint_retired-deprecated = Wildberries has closed “{ $method }” and says itself what replaces it. The token has nothing to do with it.
diag-unexpected_response-too_large = The answer to “{ $method }” is far larger than Wildberries' answers are, and WB Desk did not read it. What was imported before is unharmed.
diag-unknown-refused-title = Wildberries does not take this token
diag-unknown-refused = Wildberries does not take the token of key “{ $key }” and does not say why. Its answer: { $status } { $excerpt }
diag-unknown-used_to_work-title = Wildberries no longer takes this token
diag-unknown-used_to_work = The token of key “{ $key }” worked (last at { $worked_until }), and now Wildberries does not take it and does not say why. This happens when the token was deleted, or when the cabinet has a new owner. Its answer: { $status } { $excerpt }
step-ask_owner = Only the owner of the cabinet can make tokens. If that is not you, send them this list
step-owner_changed = Find out whether the cabinet has a new owner: after that former tokens stop working, and the new owner makes new ones
step-free_place = If the token can't be made, delete one in the cabinet that nobody uses any more: a store has at most 20 active tokens
step-check_proxy = Check the proxy, antivirus and VPN of this computer: they must not change requests to wildberries.ru. To find out, switch them off for a moment
step-read_notice = Read at Wildberries what replaces the method
clock-wrong =
    { $direction ->
        [fast] The clock of the computer “{ $machine }” is fast by { $duration }. So ends of tokens and waits for limits are reckoned wrongly.
       *[slow] The clock of the computer “{ $machine }” is slow by { $duration }. So ends of tokens and waits for limits are reckoned wrongly.
    }
clock-way-out = Switch on its automatic date and time, and check its time zone. This warning goes with the next request to Wildberries.
