"""Addresses of the evening on the floor; part of staff.urls."""

from django.urls import path

from staff.floor.views import clock, evening, rota, tasks, wrap_up

urlpatterns = [
    path("floor/clock/", clock.card, name="clock"),
    path("floor/clock/in/", clock.clock_in, name="clock_in"),
    path("floor/clock/out/", clock.clock_out, name="clock_out"),
    path("floor/evening/", evening.card, name="evening"),
    path("floor/evening/<slug:code>/", evening.tick, name="tick"),
    path("floor/rota/", rota.page, name="rota"),
    path("floor/rota/plan/", rota.plan, name="rota_plan"),
    path("floor/rota/leave/", rota.plan_leave, name="plan_leave"),
    path("floor/rota/leave/<int:pk>/off/", rota.call_off_leave, name="call_off_leave"),
    path("floor/rota/<week:week>/", rota.page, name="rota_week"),
    path("floor/rota/<week:week>/copy/", rota.copy, name="rota_copy"),
    path("floor/tasks/", tasks.task_list, name="tasks"),
    path("floor/tasks/new/", tasks.new, name="task_new"),
    path("floor/tasks/mine/", tasks.mine, name="my_tasks"),
    path("floor/tasks/<int:pk>/withdraw/", tasks.withdraw, name="task_withdraw"),
    path("floor/tasks/<int:pk>/read/", tasks.acknowledge, name="task_read"),
    path("floor/tasks/<int:pk>/done/", tasks.done, name="task_done"),
    path("floor/wrap-up/", wrap_up.page, name="wrap_up"),
    path("floor/wrap-up/card/", wrap_up.card, name="wrap_up_card"),
    path("floor/wrap-up/sign/", wrap_up.sign, name="sign"),
    path("floor/night/", wrap_up.house, name="house"),
    path("floor/night/<night:night>/", wrap_up.house, name="night"),
]
