using System.CommandLine;

namespace Monorepo.Admin.Commands;

/// <summary><c>--server</c> of commands that need a running monorepod.</summary>
internal static class ServerOption
{
    public static Option<Uri> Create() => new("--server")
    {
        Description = "A running monorepod, such as http://127.0.0.1:8940.",
        HelpName = "URL",
        Required = true,
        CustomParser = static result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
                return uri;
            result.AddError($"'{result.Tokens[0].Value}' is no server's URL: give one such as http://127.0.0.1:8940.");
            return null;
        },
    };

    public static Option<bool> Json(string description = "Print one JSON object.") => new("--json") { Description = description };
}
