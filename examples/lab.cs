#!/usr/bin/env -S dotnet run
// The quickstart as a file-based app: dotnet run examples/lab.cs [STEPS]
#:project ../src/Cli/MoELab.Cli.csproj
#:property PublishAot=false
using MoELab;
using MoELab.Views;

if (args is [var text, ..] && !(int.TryParse(text, out var number) && number > 0))
{
    Console.Error.WriteLine($"STEPS: '{text}' is not a number of steps; expected a whole number from 1");
    return 2;
}
var steps = args is [var chosen, ..] ? chosen : "300";
var lab = new Lab();
var run = lab.Start(lab.Recipe("lab-tiny").With($"training.steps={steps}"), "quickstart");
Console.WriteLine($"{run.Name} trains in {run.FullPath}");

var shown = 0;
while (!run.Completion.IsCompleted)
{
    await Task.WhenAny(run.Completion, Task.Delay(1000));
    if (run.Step > shown)
        Console.WriteLine($"step {shown = run.Step}: loss {run.Metrics["loss"].Last:0.000}");
}
await run.Completion;
run.Views.Routing().SaveSvg("routing.svg");
// A run that was stopped early has no evaluation.
var heldOut = run.Metrics.Names.Contains("eval/bits_per_byte") ? $"{run.Metrics["eval/bits_per_byte"].Last:0.000} bits per byte" : "not evaluated";
Console.WriteLine($"held out: {heldOut}; routing.svg shows who got which tokens");
return 0;
