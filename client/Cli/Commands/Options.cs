using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Monorepo.Core;

namespace Monorepo.Cli.Commands;

/// <summary>Options that several commands share.</summary>
public static class Options
{
    /// <summary>For terminals and pipes, not for pages: nothing that is safe there is escaped.</summary>
    public static readonly JsonWriterOptions JsonWriter = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<int> Abbreviation()
    {
        Option<int> option = new("--abbrev")
        {
            Description = $"Digits of abbreviated ids, 4 to {ObjectId.HexSize}; without it as many as are unique, at least 7.",
            HelpName = "N",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int digits) || digits is < 4 or > ObjectId.HexSize))
            {
                result.AddError($"--abbrev takes a number from 4 to {ObjectId.HexSize}.");
            }
        });
        return option;
    }

    public static Option<bool> FullIndex() => new("--full-index") { Description = "Whole ids in the index lines of patches." };

    public static Option<bool> Json(string description) => new("--json") { Description = description };
}
