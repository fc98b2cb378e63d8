#!/usr/bin/env -S dotnet run
// The quickstart as a file-based app: dotnet run examples/lab.cs [STEPS]
#:project ../src/Cli/MoELab.Cli.csproj
#:property PublishAot=false
using MoELab;
using MoELab.Views;

var steps = args.Length > 0 ? args[0] : "300";
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
Console.WriteLine($"held out: {run.Metrics["eval/bits_per_byte"].Last:0.000} bits per byte; routing.svg shows who got which tokens");
