"""How English screens write dates and times: day before month, 24 hours. Chinese ones are as Django has them."""
