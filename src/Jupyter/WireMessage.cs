using MoELab.Recipes.Input;

namespace MoELab.Jupyter;

/// <summary>One message of the Jupyter protocol.</summary>
/// <param name="Identities">Routing frames: the sender, or the topic of a broadcast.</param>
/// <param name="Header">Id, type and session.</param>
/// <param name="Parent">The header of the message that this one answers; empty if there is none.</param>
/// <param name="Content">The content.</param>
internal sealed record WireMessage(IReadOnlyList<byte[]> Identities, JsonObject Header, JsonObject Parent, JsonObject Content)
{
    public const string Version = "5.4";

    private static readonly string Session = Guid.NewGuid().ToString("N");

    public string Id => (string?)Header["msg_id"] ?? "";
    public string Type => (string?)Header["msg_type"] ?? "";

    /// <summary>The type of the reply to a message whose type ends with <c>request</c>.</summary>
    public string ReplyType => Type[..^"request".Length] + "reply";

    /// <summary>A reply on the channel that <paramref name="request"/> came from.</summary>
    public static WireMessage Reply(WireMessage request, string type, JsonObject content) =>
        new(request.Identities, NewHeader(type), Copy(request.Header), content);

    /// <summary>A message to every front end, caused by <paramref name="request"/>.</summary>
    public static WireMessage Broadcast(WireMessage? request, string type, JsonObject content) =>
        new([Encoding.UTF8.GetBytes(type)], NewHeader(type), request is null ? [] : Copy(request.Header), content);

    /// <summary>
    /// The error in its content or parent, which are then empty; null if there is none. A request with a fault is answered with an error.
    /// </summary>
    public string? Fault { get; init; }

    /// <exception cref="InputException">The value is read as the wrong type.</exception>
    public JsonField Field(string key) => new JsonField(Type, "content", Content)[key];

    /// <exception cref="InputException">It is not text.</exception>
    public string? Text(string key) => Field(key) is { Exists: true } field ? field.Text() : null;

    /// <exception cref="InputException">It is not a whole number of 32 bits.</exception>
    public int? Int(string key) => Field(key) is { Exists: true } field ? field.Int() : null;

    /// <summary>A boolean of the content, or the default if it is missing.</summary>
    /// <exception cref="InputException">It is neither true nor false.</exception>
    public bool Flag(string key, bool otherwise) => Field(key) is { Exists: true } flag ? flag.Flag() : otherwise;

    private static JsonObject NewHeader(string type) => new()
    {
        ["msg_id"] = Guid.NewGuid().ToString("N"),
        ["session"] = Session,
        ["username"] = Environment.UserName,
        ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        ["msg_type"] = type,
        ["version"] = Version,
    };

    private static JsonObject Copy(JsonObject header) => (JsonObject)header.DeepClone();
}
