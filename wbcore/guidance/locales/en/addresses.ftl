# Addresses of alerts.
alert-error-private = The address leads to this computer or its network: no alerts go there. If that is what you want, set WB_ALERTS_PRIVATE=1 and start the program again.
alert-error-parameter = The parameter “{ $name }” of the address is not taken, or not with this value. Remove it and try again.
page-alerts-example-telegram = Telegram: tgram://123456789:AAE…/987654321 (token of the bot / number of the chat)
page-alerts-example-mail = E-mail: mailtos://name:password@example.com?to=whom@example.com
