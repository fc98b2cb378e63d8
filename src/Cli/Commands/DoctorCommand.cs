using System.Text.Json;

namespace MoELab.Cli.Commands;

/// <summary><c>doctor</c>: what this machine has and what is in use.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliContext context)
    {
        var json = CliOptions.Json();
        return new Command("doctor", "show libtorch, device, threads and instruction sets in use") { json }.WithAction(parsed =>
        {
            var report = MachineReport.Read();
            context.Write(parsed.GetValue(json), report,
                string.Join(Environment.NewLine, report.Select(f => $"{f.Key.Replace('_', ' '),-18} {Text(f.Value)}")));
        });
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "-",
        JsonArray list => string.Join(", ", list.Select(Text)),
        _ when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(),
    };
}
