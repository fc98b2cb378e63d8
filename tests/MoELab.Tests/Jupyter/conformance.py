"""Jupyter's own kernel test suite with every feature switched on that it can test."""
import unittest

import jupyter_kernel_test


class MoELabKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "moelab"
    language_name = "csharp"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    completion_samples = [
        {"text": "lab.Att", "matches": {"Attach"}},
        {"text": '"text".ToUpperI', "matches": {"ToUpperInvariant"}},
        {"text": "#!lsm", "matches": {"#!lsmagic"}},
    ]
    complete_code_samples = ["1 + 1", "var x = 5;", "void F() { }", "#!markdown\n# x"]
    incomplete_code_samples = ["void F() {", "var x = new[] { 1,", "for (var i = 0; i < 3; i++)"]
    invalid_code_samples = ["var x = = 3;", "class { }"]
    code_page_something = "lab.Start?"
    code_generate_error = 'throw new InvalidOperationException("no");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"abc".Length', "result": "3"},
        {"code": 'HTML("<b>x</b>")', "mime": "text/html", "result": "<b>x</b>"},
        {"code": "2 * 21", "result": "42"},
    ]
    code_display_data = [
        {"code": 'display(HTML("<i>x</i>"));', "mime": "text/html"},
        {"code": '"# x".DisplayAs("text/markdown");', "mime": "text/markdown"},
        {"code": "#!markdown\n# x", "mime": "text/markdown"},
    ]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "clear_output();"


class MoELabWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "moelab"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
