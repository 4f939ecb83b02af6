# Страница «Состояние токенов»: проблема в строке, откуда известно, сколько стоит проверка.
page-health-only-troubled = Только проблемные
page-health-no-trouble = Проблемных ключей нет.
page-health-problem = Проблема
page-health-steps-below = Что делать с каждой проблемой, написано в её шагах.
page-health-worked-until = работал до { $at }
page-health-evidence-probe = Wildberries ответил так { $at }
page-health-evidence-token = Известно без запроса: из токена или от другого ключа
page-health-evidence-none = Ещё не спрашивали
page-health-has-problem = есть проблема
page-health-partly = работает, проверено не всё
