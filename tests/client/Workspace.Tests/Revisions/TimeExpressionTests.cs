using System.Globalization;
using System.Text;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Workspace.Tests.Revisions;

/// <summary>Times are those that git reads from the same words at the same moment.</summary>
public sealed class TimeExpressionTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    // The 31st, in the morning: months that have no such day, and a noon that is yet to come.
    private static readonly DateTimeOffset[] s_moments = [new(2024, 3, 31, 10, 20, 30, TimeSpan.Zero), new(2023, 11, 15, 22, 1, 2, TimeSpan.Zero)];

    public TimeExpressionTests() => GitCommand.Run(_directory.Path, "init", "-q");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("now")]
    [InlineData("yesterday")]
    [InlineData("midnight")]
    [InlineData("noon")]
    [InlineData("2 weeks ago")]
    [InlineData("2.weeks.ago")]
    [InlineData("1 day ago")]
    [InlineData("36 hours ago")]
    [InlineData("90 seconds ago")]
    [InlineData("5 minutes ago")]
    [InlineData("1 month ago")]
    [InlineData("13 months ago")]
    [InlineData("3 years ago")]
    [InlineData("two weeks ago")]
    [InlineData("last week")]
    [InlineData("last month")]
    [InlineData("2023-05-01")]
    [InlineData("2023-05-01 13:14")]
    [InlineData("2023-05-01 13:14:15")]
    [InlineData("2023-05-01T13:14:15")]
    [InlineData("2023-05-01T13:14:15Z")]
    [InlineData("2023-05-01T13:14:15+02:00")]
    [InlineData("2023-05-01 13:14:15 -0730")]
    [InlineData("2023-05-01 13:14:15 +0200")]
    [InlineData("@1700000000")]
    [InlineData("1700000000")]
    public void Times_are_gits(string text)
    {
        foreach (DateTimeOffset now in s_moments)
        {
            string gits = Encoding.ASCII.GetString(GitCommand.RunAt(now, _directory.Path, "rev-parse", $"--since={text}")).Trim();
            Assert.True(TimeExpression.TryParse(text, now, TimeZoneInfo.Local, out long seconds));
            Assert.Equal(gits, $"--max-age={seconds.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("2 fortnights ago")]
    [InlineData("2 weeks")]
    [InlineData("-3 days ago")]
    [InlineData("99999999999 days ago")]
    [InlineData("9999 years ago")]
    [InlineData("2023-13-01")]
    [InlineData("@")]
    [InlineData("@12x")]
    [InlineData("12345")]
    public void What_is_no_time_is_refused(string text) => Assert.False(TimeExpression.TryParse(text, s_moments[0], TimeZoneInfo.Utc, out _));
}
