"""What an optimizer keeps of a parameter, by the names that torch.optim and others give it."""

from typing import Final

from explorer.ui.help.meanings.meaning import Group, Meaning

_ADAM: Final = "D. P. Kingma and J. Ba, Adam, 2015; torch.optim.Adam"
_ADAFACTOR: Final = "N. Shazeer and M. Stern, Adafactor, 2018; torch.optim.Adafactor"

OPTIMIZER: Final = Group(
    "Optimizer state",
    (
        Meaning(
            ("Optimizer state",),
            "What the optimizer keeps of the selected parameter, and how large it is: of what is never below 0 its "
            "mean and max, of the rest std and max |x|. The tool tip says how both were matched.",
            "torch.optim.Optimizer.state_dict",
        ),
        Meaning(("State of a parameter",), "The parameter of which the selected tensor is a state."),
        Meaning(("step",), "How many steps the optimizer made for this parameter.", "torch.optim"),
        Meaning(("exp_avg",), "The running mean of the gradients, which decays by β₁: the first moment.", _ADAM),
        Meaning(
            ("exp_avg_sq",),
            "The running mean of their squares, which decays by β₂: the second moment. Its root divides the step.",
            _ADAM,
        ),
        Meaning(
            ("max_exp_avg_sq",),
            "The largest exp_avg_sq so far.",
            "S. J. Reddi et al., AMSGrad, 2018; torch.optim.Adam, amsgrad=True",
        ),
        Meaning(
            ("exp_inf",),
            "The largest |gradient|, which decays by β₂.",
            "torch.optim.Adamax",
        ),
        Meaning(
            ("mu_product",), "The product of the momentum factors of all steps.", "T. Dozat, 2016; torch.optim.NAdam"
        ),
        Meaning(
            ("momentum_buffer",),
            "A sum of gradients that decays: in each step it is multiplied by the momentum, and the new gradient is "
            "added. Of RMSprop it is of steps, of Muon a mean.",
            "torch.optim.SGD, torch.optim.RMSprop, torch.optim.Muon",
        ),
        Meaning(
            ("square_avg",),
            "The running mean of the squares of the gradients.",
            "torch.optim.RMSprop, torch.optim.Adadelta",
        ),
        Meaning(
            ("grad_avg",),
            "The running mean of the gradients, whose square is subtracted from square_avg.",
            "torch.optim.RMSprop, centered=True",
        ),
        Meaning(
            ("acc_delta",),
            "The running mean of the squares of the steps.",
            "M. D. Zeiler, Adadelta, 2012; torch.optim.Adadelta",
        ),
        Meaning(
            ("sum",),
            "The sum of the squares of all gradients.",
            "J. Duchi et al., Adagrad, 2011; torch.optim.Adagrad",
        ),
        Meaning(
            ("row_var", "col_var", "exp_avg_sq_row", "exp_avg_sq_col"),
            "The running mean of the squares of the gradients of a matrix, over each row and over each column.",
            _ADAFACTOR,
        ),
        Meaning(("variance",), "Likewise of each element, where there are no rows.", _ADAFACTOR),
        Meaning(
            ("ax", "eta"),
            "The mean of the parameter over its steps from t0 on, and the step width now.",
            "torch.optim.ASGD",
        ),
        Meaning(
            ("mu", "nu"),
            "The first and the second moment. Of ASGD mu is how much the newest value counts in ax.",
            "optax.adam; torch.optim.ASGD",
        ),
        Meaning(("momentum",), "As momentum_buffer, where other optimizers call it so."),
        Meaning(("prev", "step_size"), "The gradient before, and the step width of each element.", "torch.optim.Rprop"),
    ),
)
