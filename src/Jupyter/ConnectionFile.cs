using System.Net;
using System.Text.Json.Serialization;
using MoELab.Recipes.Input;

namespace MoELab.Jupyter;

/// <summary>The connection file that a front end writes for its kernel: ports, and the key that signs messages.</summary>
internal sealed record ConnectionFile
{
    [JsonPropertyName("transport")] public string Transport { get; init; } = "tcp";
    [JsonPropertyName("ip")] public string Address { get; init; } = "127.0.0.1";
    [JsonPropertyName("shell_port")] public int Shell { get; init; }
    [JsonPropertyName("iopub_port")] public int Publish { get; init; }
    [JsonPropertyName("stdin_port")] public int Input { get; init; }
    [JsonPropertyName("control_port")] public int Control { get; init; }
    [JsonPropertyName("hb_port")] public int Heartbeat { get; init; }
    [JsonPropertyName("key")] public string Key { get; init; } = "";
    [JsonPropertyName("signature_scheme")] public string Scheme { get; init; } = "hmac-sha256";

    /// <exception cref="InputException">The file is invalid; the sentence says why.</exception>
    public static ConnectionFile Read(string path)
    {
        var file = InputJson.Read(path, "a connection file of Jupyter").As<ConnectionFile>("a connection file of Jupyter: ports, address and key");
        if (file.Transport != "tcp")
            throw new InputException($"connection file '{path}': transport '{file.Transport}'; expected tcp");
        if (!IPAddress.TryParse(file.Address, out var address) || !IPAddress.IsLoopback(address))
            throw new InputException($"connection file '{path}': address '{file.Address}'; "
                + "expected a loopback address such as 127.0.0.1, because anybody who can reach a kernel can run any code");
        if (file.Key.Length == 0 || file.Scheme != "hmac-sha256")
            throw new InputException($"connection file '{path}': messages would not be signed with hmac-sha256; "
                + "expected a key, because anybody who can reach a kernel can run any code");
        foreach (var (name, port) in new[] { ("shell", file.Shell), ("iopub", file.Publish), ("stdin", file.Input), ("control", file.Control),
            ("hb", file.Heartbeat) })
            if (port is < 1 or > 65535)
                throw new InputException($"connection file '{path}': {name}_port is {port}; expected 1 to 65535");
        return file;
    }

    public string Endpoint(int port) => $"{Transport}://{Address}:{port}";
}
