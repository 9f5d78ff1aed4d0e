using System.Text;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;

namespace Monorepo.Cli.Identities;

/// <summary>Author and committer of a commit: from the command line, the environment, the clone's configuration, then git's.</summary>
public static class CommitIdentity
{
    /// <param name="variables">The environment.</param>
    /// <param name="clone">Its configuration.</param>
    /// <param name="author"><c>--author</c>: <c>Name &lt;mail&gt;</c>; null: not given.</param>
    /// <param name="date"><c>--date</c>; null: not given.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CommandException">Nothing says who it is, or a value can't be read.</exception>
    public static (Signature Author, Signature Committer) Resolve(IdentityVariables variables, Clone clone, string? author, string? date, TimeProvider time)
    {
        (string? gitName, string? gitEmail) = ReadGit(variables.GitConfigFiles);
        string? name = clone.UserName ?? gitName;
        string? email = clone.UserEmail ?? gitEmail ?? variables.Email;
        Signature committer = Make("committer", variables.Committer, name, email, time);
        if (author is null)
        {
            return (Make("author", variables.Author with { Date = date ?? variables.Author.Date }, name, email, time), committer);
        }

        int open = author.IndexOf('<', StringComparison.Ordinal);
        if (open <= 0 || !author.EndsWith('>'))
        {
            throw new CommandException(ExitCode.Usage, $"'{author}' is no author.", "It looks like --author \"Name <mail@example.com>\".");
        }

        RoleVariables given = new(author[..open].Trim(), author[(open + 1)..^1], date ?? variables.Author.Date);
        return (Make("author", given, null, null, time), committer);
    }

    /// <summary>Who commits, where somebody else's authorship is kept.</summary>
    /// <exception cref="CommandException">As <see cref="Resolve"/>.</exception>
    public static Signature ResolveCommitter(IdentityVariables variables, Clone clone, TimeProvider time)
    {
        (string? gitName, string? gitEmail) = ReadGit(variables.GitConfigFiles);
        return Make("committer", variables.Committer, clone.UserName ?? gitName, clone.UserEmail ?? gitEmail ?? variables.Email, time);
    }

    private static Signature Make(string role, RoleVariables given, string? name, string? email, TimeProvider time)
    {
        name = given.Name ?? name;
        email = given.Email ?? email;
        if (name is null || email is null)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"nothing says who you are: the {(name is null ? "name" : "mail address")} of the commit's {role} is not set.",
                "Set MR_AUTHOR_NAME, MR_AUTHOR_EMAIL, MR_COMMITTER_NAME and MR_COMMITTER_EMAIL, or 'git config --global user.name NAME' and 'user.email MAIL', which mr reads too.");
        }

        DateTimeOffset now = time.GetUtcNow();
        long seconds = now.ToUnixTimeSeconds();
        int zone = CommitDate.ZoneMinutes(time.LocalTimeZone, now);
        if (given.Date is { } date && !CommitDate.TryParse(date, time.LocalTimeZone, out seconds, out zone))
        {
            throw new CommandException(ExitCode.Usage, $"'{date}' is no date.", "It looks like '2024-05-17T09:30:00+0200' or '@1715931000 +0200'.");
        }

        return new Signature(name, email, seconds, zone);
    }

    private static (string? Name, string? Email) ReadGit(IReadOnlyList<string> files)
    {
        string? name = null;
        string? email = null;
        foreach (string file in files.Where(File.Exists))
        {
            (string? foundName, string? foundEmail) = GitUserConfig.Parse(File.ReadAllText(file, Encoding.UTF8));
            name ??= foundName;
            email ??= foundEmail;
        }

        return (name, email);
    }
}
