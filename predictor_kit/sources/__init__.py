"""Callables read from Python source, without importing the modules that define them.

What is found is a real class or function: it has the name, the parameters, the methods and the
place of the one in the source, and none of its code. So whatever asks a callable for its plan can
be handed either. Where only running the code would tell, it takes anything, and `unknown_of`
says why::

    bindings     what the statements of a block bind, and whether they run
    scopes       what a name means; modules that were read
    functions, classes, bodies, decorators, calls, annotations
                 what the code of a definition comes to
    search, library, known
                 the modules that an import means
    evaluation   an expression or statement to its value
    projects     a project's files, as `predictor_kit.objects.Project` has them

Loading a predictor asks `unknown_of` too, and reads no source: so `SourceProject` is imported from
its module, by who needs it.
"""

from predictor_kit.sources.unread import unknown_of

__all__ = ["unknown_of"]
