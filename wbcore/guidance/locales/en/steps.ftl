step-create_token =
    { $scoped ->
        [no] In the seller's cabinet create a new { $made } token: { $window }
       *[other] In the seller's cabinet create a new { $made } token with the category “{ $category }”: { $window }
    }
step-create_writing_token = In the seller's cabinet create a new token that may write: { $window }
step-create_personal_token = In the seller's cabinet create a Personal token: { $window }
step-create_production_token = In the seller's cabinet create a new { $made } token: { $window }
step-save_token =
    { $named ->
        [no] Copy the whole token, paste it under API keys → Wildberries and save it
       *[other] Copy the whole new token and paste it under API keys → Wildberries, key “{ $key }”
    }
step-check_import = Repeat the import: it should end without errors
step-check_import-stickers = Get the stickers again
step-add_production_key = Add the new token as a new key; key “{ $key }” stays for the test environment
step-no_error_since = Since then the error has not appeared in the history of imports
step-use_other_key = Import orders with key “{ $other_key }”: it has the category “{ $category }”
step-wait_for_quota = Wait until { $until }: an earlier request only makes the wait longer
step-copy_again = Copy the token from the seller's cabinet again. It is shown whole only when it is made: if that window is closed, make a new token
step-look_in_cabinet = Look in the seller's cabinet whether this token is still there, and which categories it has
step-check_decoder = If you have kept the token, check it in the Wildberries decoder: which categories does it show
step-check_wb_status = Look on the Wildberries API portal for a notice of works
step-check_network = See whether other sites open on this computer
step-check_clock = Check the date and time of this computer
step-check_portal = Open the Wildberries cabinet in a browser: if the network asks to sign in, do so
step-check_role = See that the user who made the token has access to this part of the cabinet
step-check_seller_active = See that the seller's account is active
step-check_seller = See which seller is chosen in the cabinet, and make the token there
step-add_as_new_key = If you need the second seller too, add that token as a new key
step-check_period = If this was an import of a period, check its dates: orders older than three months are only in Wildberries' archive
step-wait_for_wb = Wait until Wildberries switches the method on again
step-update_program = Update WB Desk: a newer version may know the method's new address
step-tell_developer = If it happens again, give the developer of WB Desk the file with the details. The token is not in it
step-contact_support = Write to Wildberries' support: dialogs in the seller's cabinet, category API
step-note-system = verified at { $at }
step-note-operator = ticked by { $who }, { $at }
step-note-undone = was done, but not any more since { $at }
