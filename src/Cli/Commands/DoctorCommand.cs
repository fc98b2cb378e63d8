using System.CommandLine;
using System.Text.Json;

namespace MoELab.Cli.Commands;

/// <summary><c>doctor</c>: what this machine has and what is in use.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliContext context)
    {
        var json = CliOptions.Json();
        var command = new Command("doctor", "show libtorch, device, threads and instruction sets in use") { json };
        command.SetAction(parsed =>
        {
            var report = MachineReport.Read();
            if (parsed.GetValue(json))
            {
                context.WriteJson(report);
                return;
            }
            foreach (var (key, value) in report)
                context.Output.WriteLine($"{key.Replace('_', ' '),-18} {Text(value)}");
        });
        return command;
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "-",
        JsonArray list => string.Join(", ", list.Select(Text)),
        _ when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(),
    };
}
